import { createHash } from 'node:crypto';
import { createRandom } from '../../contract/random';

/** Identifies a validation set by the ids of its images: only results over the same images can be paired. */
export function imagesDigest(imageIds: readonly number[]): string {
  return createHash('sha256').update(imageIds.join(',')).digest('hex').slice(0, 16);
}

/**
 * How often each of N images is drawn in resample b of a bootstrap (N draws with replacement). It depends on the images'
 * digest and on b alone, so resample b of any two results over these images saw the same images.
 *
 * @returns the same array at each call, filled anew
 */
export function resampleWeights(imageIds: readonly number[]): (b: number) => Uint16Array {
  const images = imageIds.length;
  const source = createRandom(`images ${imagesDigest(imageIds)}`);
  const weights = new Uint16Array(images);
  return (b) => {
    const random = source.fork(b);
    weights.fill(0);
    for (let draw = 0; draw < images; draw++) weights[random.integer(images)]!++;
    return weights;
  };
}
