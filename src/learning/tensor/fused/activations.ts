import { nativeBackend } from '../backend';
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
  return customUnary(x, (x, save) => {
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

/** x + bias for each channel (the last axis), with one kernel for the gradient by the bias. */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  const backend = nativeBackend();
  if (backend === undefined) return tf.add(x, bias);
  const attributes = { ...float32, data_format: 'NHWC' };
  return tf.customGrad((...args) => {
    const [x, bias] = args as [tf.Tensor, tf.Tensor];
    return {
      value: executeOne(backend, 'BiasAdd', [x, bias], attributes),
      gradFunc: (dy) => [dy, executeOne(backend, 'BiasAddGrad', [dy], attributes)],
    };
  })(x, bias) as T;
}

type Unary = (
  x: tf.Tensor,
  save: (tensors: tf.Tensor[]) => void,
) => { value: tf.Tensor; gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor };

/** A custom gradient of one input. What its gradient needs must go through `save`, or it is disposed before. */
function customUnary<T extends tf.Tensor>(x: T, f: Unary): T {
  return tf.customGrad((...args) => {
    const { value, gradFunc } = f(args[0] as tf.Tensor, args[1] as tf.GradSaveFunc);
    return { value, gradFunc: (dy, saved) => gradFunc(dy, saved) };
  })(x) as T;
}

function oneInput<T extends tf.Tensor>(
  x: T,
  op: string,
  gradientOp: string,
  order: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor[],
): T | undefined {
  const backend = nativeBackend();
  if (backend === undefined) return undefined;
  return customUnary(x, (x, save) => {
    const y = executeOne(backend, op, [x], float32);
    save([y]);
    return { value: y, gradFunc: (dy, [y]) => executeOne(backend, gradientOp, order(dy, y!), float32) };
  });
}
