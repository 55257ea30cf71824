import { nativeBackend } from '../backend';
import { customGradient } from '../gradients';
import { execute } from '../native/execute';
import { tf } from '../tf';

export interface FocalLossOptions {
  /** Weight of positives; negatives have 1 − alpha. */
  readonly alpha: number;
  readonly gamma: number;
}

/**
 * Sigmoid focal loss of each element (Lin et al. 2017, equation 5), α_t (1 − p_t)^γ (−log p_t), with its gradient in
 * closed form.
 * @param logits any shape
 * @param targets same shape, 0 or 1
 */
export function sigmoidFocalLoss<T extends tf.Tensor>(
  logits: T,
  targets: tf.Tensor,
  options: FocalLossOptions,
): T {
  const { alpha, gamma } = options;
  return customGradient([logits, targets], (save) => {
    // z = x for positives and −x for negatives, so that p_t = sigmoid(z).
    const sign = tf.sub(tf.mul(targets, 2), 1);
    const z = tf.mul(logits, sign);
    const crossEntropy = tf.softplus(tf.neg(z));
    // −log(1 − p_t) = softplus(z) = z + softplus(−z)
    const modulation = tf.exp(tf.mul(tf.add(z, crossEntropy), -gamma));
    const weight = tf.mul(modulation, tf.add(tf.mul(targets, 2 * alpha - 1), 1 - alpha));
    save([z, crossEntropy, tf.mul(weight, sign)]);
    return {
      value: tf.mul(weight, crossEntropy),
      gradFunc: (dy, saved) => {
        const [z, crossEntropy, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        // dL/dz = α_t (1 − p)^γ (p − 1 + γ p log p)
        const p = tf.sigmoid(z);
        const slope = tf.sub(tf.mul(p, tf.sub(1, tf.mul(crossEntropy, gamma))), 1);
        return [tf.mul(dy, tf.mul(weight, slope)), tf.zerosLike(z)];
      },
    };
  });
}

/**
 * Cross-entropy of softmax(logits) for each row.
 * @param logits [rows, classes]
 * @param labels [rows, classes], each row a distribution
 * @returns [rows]
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor1D {
  const backend = nativeBackend();
  if (backend === undefined) return composedSoftmaxCrossEntropy(logits, labels);
  return customGradient([logits, labels], (save) => {
    const attributes = { T: { type: 'float32' } } as const;
    const [loss, slope] = execute(backend, 'SoftmaxCrossEntropyWithLogits', [logits, labels], attributes, 2);
    save([slope!]);
    return {
      value: loss!,
      gradFunc: (dy, saved) => {
        const [slope] = saved as [tf.Tensor];
        return [tf.mul(tf.expandDims(dy, 1), slope), tf.zerosLike(slope)];
      },
    };
  });
}

export function composedSoftmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor1D {
  return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), labels), 1));
}
