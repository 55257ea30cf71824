import { RethinkError, type RgbImage, type Sample } from '../../contract';
import { imagePath } from '../../core/coco/values';
import { decodeImage } from './decode';
import { type PseudoLabels } from './pseudo-labels';
import { type SampleEntry } from './sample-table';
import { type Category, type Dataset, type DatasetImage } from './types';

/** Samples by index, from 0; images are decoded on request. */
export interface Samples {
  readonly length: number;
  imageId(index: number): number;
  load(index: number): Promise<Sample>;
}

/** Samples of which some decoded images are cached. */
export interface CachedSamples extends Samples {
  /** The sample, if its image is cached. */
  peek(index: number): Sample | undefined;
}

export interface SampleSource extends Samples {
  readonly categories: readonly Category[];
  /** What is known without decoding. */
  entry(index: number): SampleEntry;
}

export interface SampleSourceOptions {
  /** Objects by image instead of the data set's own; images without an entry have none. */
  readonly pseudoLabels?: PseudoLabels;
}

/**
 * Samples of a data set's images at the given indices.
 *
 * @throws RethinkError `DATASET_EMPTY` without any image
 */
export function createSampleSource(
  dataset: Dataset,
  indices: readonly number[],
  { pseudoLabels }: SampleSourceOptions = {},
): SampleSource {
  const classes = pseudoLabels?.classes;
  const images = indices
    .map((index) => {
      const image = dataset.images[index];
      if (image === undefined) throw new RangeError(`image ${index} of ${dataset.images.length}`);
      return image;
    })
    .filter(({ id }) => classes === undefined || classes.has(id));
  if (images.length === 0) {
    throw new RethinkError('DATASET_EMPTY', 'The data set has no image to load.', {
      location: { file: dataset.location.annotations ?? dataset.location.images },
      hint:
        indices.length === 0
          ? undefined
          : 'No image was given a class; lower the score threshold or train the classifier longer.',
    });
  }
  const annotationsOf = (image: DatasetImage): Pick<SampleEntry, 'objects' | 'label'> => {
    if (classes !== undefined) return { objects: [], label: classes.get(image.id) };
    if (pseudoLabels !== undefined) return { objects: pseudoLabels.objects.get(image.id) ?? [] };
    return image.label === undefined ? { objects: image.objects } : { objects: [], label: image.label };
  };
  const entry = (index: number): SampleEntry => {
    const image = images[index]!;
    return {
      id: image.id,
      file: imagePath(dataset.location.images, image.file),
      stated: statedSize(image),
      ...annotationsOf(image),
    };
  };
  return {
    length: images.length,
    categories: pseudoLabels?.categories ?? dataset.categories,
    imageId: (index) => images[index]!.id,
    entry,
    async load(index) {
      const known = entry(index);
      return sampleOf(known, await decodeImage(known.file, known.stated));
    },
  };
}

/** A sample from what is known of an image and its pixels. */
export function sampleOf({ objects, label }: SampleEntry, image: RgbImage): Sample {
  return { image, objects, ...(label === undefined ? {} : { label }) };
}

/** The size that an annotation file states for an image; undefined where there is none. */
export function statedSize(image: DatasetImage): { width: number; height: number } | undefined {
  return image.width === undefined || image.height === undefined
    ? undefined
    : { width: image.width, height: image.height };
}
