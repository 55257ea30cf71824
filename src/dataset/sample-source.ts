import { join } from 'node:path';
import { RethinkError, type Sample, type SampleObject } from '../contract';
import { decodeImage } from './decode';
import { ImageCache } from './image-cache';
import { type PseudoLabels } from './pseudo-labels';
import { type Category, type Dataset, type DatasetImage } from './types';

/** Samples by place, from 0; pictures are decoded when asked for. */
export interface SampleSource {
  readonly length: number;
  readonly categories: readonly Category[];
  imageId(place: number): number;
  load(place: number): Promise<Sample>;
  /** The sample, if its picture is at hand. */
  peek(place: number): Sample | undefined;
}

export interface SampleSourceOptions {
  /** Objects by picture instead of the data set's own; pictures without an entry have none. */
  readonly pseudoLabels?: PseudoLabels;
  /** Shared by the sources of a process; by default each source has one of its own. */
  readonly cache?: ImageCache;
}

/**
 * Samples of a data set's pictures at the given indices.
 *
 * @throws RethinkError `DATASET_EMPTY` without any picture
 */
export function createSampleSource(
  dataset: Dataset,
  indices: readonly number[],
  { pseudoLabels, cache = new ImageCache() }: SampleSourceOptions = {},
): SampleSource {
  if (indices.length === 0) {
    throw new RethinkError('DATASET_EMPTY', 'there is no picture to load', {
      place: { file: dataset.location.annotations ?? dataset.location.images },
    });
  }
  const images = indices.map((index) => {
    const image = dataset.images[index];
    if (image === undefined) throw new RangeError(`picture ${index} of ${dataset.images.length}`);
    return image;
  });
  const fileOf = (image: DatasetImage) => join(dataset.location.images, image.file);
  const objectsOf = (image: DatasetImage): readonly SampleObject[] =>
    pseudoLabels === undefined ? image.objects : (pseudoLabels.objects.get(image.id) ?? []);
  const sampleOf = (image: DatasetImage, pixels: Sample['image']): Sample =>
    image.label === undefined || pseudoLabels !== undefined
      ? { image: pixels, objects: objectsOf(image) }
      : { image: pixels, objects: [], label: image.label };
  return {
    length: images.length,
    categories: pseudoLabels?.categories ?? dataset.categories,
    imageId: (place) => images[place]!.id,
    peek(place) {
      const image = images[place]!;
      const pixels = cache.peek(fileOf(image));
      return pixels && sampleOf(image, pixels);
    },
    async load(place) {
      const image = images[place]!;
      const file = fileOf(image);
      return sampleOf(image, await cache.get(file, () => decodeImage(file, statedSize(image))));
    },
  };
}

/** The size that an annotation file states for a picture; undefined where there is none. */
export function statedSize(image: DatasetImage): { width: number; height: number } | undefined {
  return image.width === undefined || image.height === undefined
    ? undefined
    : { width: image.width, height: image.height };
}
