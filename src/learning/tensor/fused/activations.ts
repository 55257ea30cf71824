import { nativeBackend } from '../backend';
import { customGradient } from '../gradients';
import { executeOne } from '../native/execute';
import { tf } from '../tf';

const float32 = { T: { type: 'float32' } } as const;

/** max(x, 0), with one kernel for its gradient; the gradient at 0 is 0. */
export function relu<T extends tf.Tensor>(x: T): T {
  return oneInput(x, 'Relu', 'ReluGrad', (dy, y) => [dy, y]) ?? tf.relu(x);
}

/** min(max(x, 0), 6), with one kernel for its gradient. */
export function relu6<T extends tf.Tensor>(x: T): T {
  return oneInput(x, 'Relu6', 'Relu6Grad', (dy, y) => [dy, y]) ?? tf.relu6(x);
}

/** 1 / (1 + e⁻ˣ), with one kernel for its gradient. */
export function sigmoid<T extends tf.Tensor>(x: T): T {
  return oneInput(x, 'Sigmoid', 'SigmoidGrad', (dy, y) => [y, dy]) ?? tf.sigmoid(x);
}

/** Swish, also SiLU: x · sigmoid(x) (Ramachandran et al. 2017). */
export function swish<T extends tf.Tensor>(x: T): T {
  return customGradient([x], (save) => {
    const s = tf.sigmoid(x);
    const y = tf.mul(x, s);
    save([s, y]);
    return {
      value: y,
      // y′ = y + s · (1 − y)
      gradFunc: (dy, [s, y]) => tf.mul(dy, tf.add(y!, tf.mul(s!, tf.sub(1, y!)))),
    };
  });
}

export const activations = { relu, relu6, sigmoid, swish } as const;

/** x + bias for each channel (the last axis), with one kernel for the gradient by the bias. */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  const backend = nativeBackend();
  if (backend === undefined) return tf.add(x, bias);
  const attributes = { ...float32, data_format: 'NHWC' };
  return customGradient([x, bias], () => ({
    value: executeOne(backend, 'BiasAdd', [x, bias], attributes),
    gradFunc: (dy) => [dy, executeOne(backend, 'BiasAddGrad', [dy], attributes)],
  }));
}

function oneInput<T extends tf.Tensor>(
  x: T,
  op: string,
  gradientOp: string,
  order: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor[],
): T | undefined {
  const backend = nativeBackend();
  if (backend === undefined) return undefined;
  return customGradient([x], (save) => {
    const y = executeOne(backend, op, [x], float32);
    save([y]);
    return { value: y, gradFunc: (dy, [y]) => executeOne(backend, gradientOp, order(dy, y!), float32) };
  });
}
