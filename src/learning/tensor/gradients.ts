import { RethinkError } from '../../contract/errors';
import { enterPhase } from './phase';
import { tf } from './tf';

/**
 * Loss and gradients by the given tensors. What `f` returns beside the loss survives the forward pass, which
 * TensorFlow.js otherwise clears.
 * @throws `STEP_NO_GRADIENT` for a weight on which the loss does not depend
 */
export function takeGradients<A extends Record<string, tf.Tensor>>(
  weights: Readonly<Record<string, tf.Tensor>>,
  f: (weights: Readonly<Record<string, tf.Tensor>>) => { loss: tf.Tensor; auxiliary: A },
): { loss: tf.Scalar; auxiliary: A; gradients: Record<string, tf.Tensor> } {
  const names = Object.keys(weights);
  let kept: Record<string, tf.Tensor> = {};
  const { value, grads } = tf.engine().gradients<tf.Tensor>(
    () => {
      const { loss, auxiliary } = f(weights);
      kept = Object.fromEntries(
        Object.entries(auxiliary).map(([name, tensor]) => [name, tf.keep(tensor.clone())]),
      );
      if (loss.rank !== 0) {
        throw new RethinkError('STEP_LOSS_NOT_SCALAR', `The loss has the shape [${loss.shape.join(', ')}].`, {
          hint: 'Sum or average it first.',
        });
      }
      enterPhase('backward');
      return loss;
    },
    Object.values(weights),
    undefined,
    true,
  );
  enterPhase('update');
  const gradients: Record<string, tf.Tensor> = {};
  names.forEach((name, index) => {
    const gradient = grads[index] as tf.Tensor | null | undefined;
    if (gradient === null || gradient === undefined) {
      throw new RethinkError('STEP_NO_GRADIENT', `The loss does not depend on “${name}”.`, {
        hint: 'Leave it out of the names, or use it in the loss.',
      });
    }
    gradients[name] = gradient;
  });
  return { loss: value as tf.Scalar, auxiliary: releaseInto(kept) as A, gradients };
}

/** Passes tensors protected by tf.keep to the surrounding tidy. */
function releaseInto(kept: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(kept).map(([name, tensor]) => {
      const tracked = tensor.clone();
      tensor.dispose();
      return [name, tracked];
    }),
  );
}

/**
 * Scales all gradients by min(1, maxNorm / norm), where norm is that of all of them together.
 * @returns `norm` before clipping, a scalar; not finite where a gradient is not
 */
export function clipByGlobalNorm(
  gradients: Readonly<Record<string, tf.Tensor>>,
  maxNorm: number,
): { gradients: Record<string, tf.Tensor>; norm: tf.Scalar } {
  const norm = globalNorm(gradients);
  const scale = tf.div(maxNorm, tf.maximum(norm, maxNorm));
  return {
    gradients: Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, scale)]),
    ),
    norm,
  };
}

/** How many buffers a kernel may read in WebGPU, less what else it needs. */
const addends = 6;

/** Euclidean norm of all tensors together. */
export function globalNorm(tensors: Readonly<Record<string, tf.Tensor>>): tf.Scalar {
  let squares = Object.values(tensors).map((tensor) => tf.sum(tf.square(tensor)));
  while (squares.length > 1) {
    const groups = Array.from({ length: Math.ceil(squares.length / addends) }, (_, group) =>
      squares.slice(group * addends, (group + 1) * addends),
    );
    squares = groups.map((group) => tf.addN(group));
  }
  return tf.sqrt(squares[0] ?? tf.scalar(0)) as tf.Scalar;
}
