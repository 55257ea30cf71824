import { oneHot, tf } from '../../tensor';
import { softmaxCrossEntropy } from '../../tensor/fused/losses';

/** Takes a view itself out of the softmax: exp of it is 0 in float32. */
const farAway = 1e9;

/**
 * NT-Xent: among all other views of the step, each must find the other view of its own image. Mean of
 * −log softmax(sim / temperature) over the 2N views; sim is the cosine.
 * @source Chen et al., arXiv 2002.05709, equation 1
 * @param projections [2N, outputs]; rows i and i + N are the views of one image
 */
export function contrastiveLoss(projections: tf.Tensor2D, temperature = 0.1): tf.Scalar {
  const [views] = projections.shape;
  if (views % 2 !== 0) throw new RangeError(`views come in pairs, got ${views}`);
  const squares = tf.sum(tf.square(projections), 1, true);
  const unit = tf.mul<tf.Tensor2D>(projections, tf.rsqrt(tf.maximum(squares, 1e-12)));
  const similarities = tf.mul(tf.matMul(unit, unit, false, true), 1 / temperature);
  const indices = Int32Array.from({ length: views }, (_, view) => view);
  const logits = tf.sub<tf.Tensor2D>(similarities, tf.mul(oneHot(tf.tensor1d(indices), views), farAway));
  const partners = tf.tensor1d(indices.map((view) => (view + views / 2) % views));
  return tf.mean(softmaxCrossEntropy(logits, oneHot(partners, views)));
}
