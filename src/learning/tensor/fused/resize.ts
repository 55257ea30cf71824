import { nativeBackend } from '../backend';
import { customGradient } from '../gradients';
import { tf } from '../tf';

/**
 * Repeats every pixel `factor` times in both directions.
 *
 * Not `tf.image.resizeNearestNeighbor` alone: outside of the native backend its gradient is wrong for all images of
 * a batch but the first (the kernel moves on in the gradient by the size of an input image).
 * @param x [batch, height, width, channels]
 */
export function upsampleNearest(x: tf.Tensor4D, factor = 2): tf.Tensor4D {
  const [, height, width] = x.shape;
  const size: [number, number] = [height * factor, width * factor];
  if (nativeBackend() !== undefined) return tf.image.resizeNearestNeighbor(x, size);
  return customGradient([x], () => ({
    value: tf.image.resizeNearestNeighbor(x, size),
    gradFunc: (dy) => tf.mul(tf.avgPool(dy as tf.Tensor4D, factor, factor, 'valid'), factor * factor),
  }));
}
