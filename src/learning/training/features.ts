import { backboneMaps } from '../detector/network';
import { tf } from '../tensor';
import { type InferenceCost, type NetworkInput, rowOf, runNetwork } from './run-network';

export interface ImageFeatures extends InferenceCost {
  /** [images, dimensions], in the source's order. */
  readonly features: Float32Array;
  readonly dimensions: number;
  /** Classes of the images; −1 where there is none. */
  readonly labels: Int32Array;
  readonly imageIds: readonly number[];
}

/** Spatial mean of C5 for every image: what the head of a classifier or of a projection receives. @throws `CANCELLED` */
export async function pooledFeatures(input: NetworkInput): Promise<ImageFeatures> {
  const rows: Float32Array[] = [];
  const labels: number[] = [];
  const imageIds: number[] = [];
  const cost = await runNetwork(input, {
    name: 'features',
    compute: (parameters, images) => ({
      features: tf.mean(backboneMaps({ parameters, training: false }, images, input.spec).c5, [1, 2]),
    }),
    take(part, { features }) {
      const dimensions = features!.shape[1]!;
      part.imageIds.forEach((imageId, i) => {
        rows.push(rowOf(features!, i, dimensions).slice());
        labels.push(part.samples[i]!.label ?? -1);
        imageIds.push(imageId);
      });
    },
  });
  const dimensions = rows[0]!.length;
  const features = new Float32Array(rows.length * dimensions);
  rows.forEach((row, i) => features.set(row, i * dimensions));
  return { features, dimensions, labels: Int32Array.from(labels), imageIds, ...cost };
}
