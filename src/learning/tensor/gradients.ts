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
  const auxiliary = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, release(tensor)]));
  return { loss: value as tf.Scalar, auxiliary: auxiliary as A, gradients };
}

/** Passes a tensor protected by tf.keep to the surrounding tidy. */
export function release<T extends tf.Tensor>(kept: T): T {
  const tracked = kept.clone();
  kept.dispose();
  return tracked;
}

/**
 * A function of these tensors with an explicit gradient.
 * @param f its value, and the gradient by each of the inputs; what that needs must go through `save`, or it is disposed
 */
export function customGradient<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  f: (save: (tensors: tf.Tensor[]) => void) => {
    value: tf.Tensor;
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  },
): T {
  return tf.customGrad((...args) => f(args.at(-1) as tf.GradSaveFunc))(...inputs) as T;
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
