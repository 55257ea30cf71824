import { tf } from './tf';

/**
 * Float32 rows with a 1 at each index, all 0 where the index is outside of 0 … depth − 1; of any depth from 1 on, while
 * `tf.oneHot` starts at 2.
 * @param indices int32, of any shape
 * @returns the shape of the indices and a last dimension of `depth`
 */
export function oneHot<T extends tf.Tensor>(indices: tf.Tensor, depth: number): T {
  if (depth > 1) return tf.cast(tf.oneHot(indices, depth), 'float32') as T;
  return tf.expandDims<T>(tf.cast(tf.equal(indices, 0), 'float32'), -1);
}
