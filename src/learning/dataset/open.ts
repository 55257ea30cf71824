import { RethinkError } from '../../contract';
import { type DatasetLocation } from '../../core/plan/stage-job';
import { readCocoIndex } from './coco-index';
import { readFolders } from './folders';
import { type Dataset } from './types';

/**
 * Reads a data set's index: its categories, and its images with what is known of each. No image is opened.
 *
 * @param options.annotated whether a COCO file that lists images alone is refused; default false
 * @throws RethinkError with its location where the index is missing or contradicts itself
 */
export async function openDataset(
  location: DatasetLocation,
  { annotated = false }: { readonly annotated?: boolean } = {},
): Promise<Dataset> {
  const dataset = await readIndex(location, annotated);
  if (location.skipped === undefined) return dataset;
  const skipped = new Set(location.skipped);
  return { ...dataset, images: dataset.images.filter(({ file }) => !skipped.has(file)) };
}

async function readIndex(location: DatasetLocation, annotated: boolean): Promise<Dataset> {
  if (location.type === 'folders') {
    return { location, ...(await readFolders(location.images)), warnings: [] };
  }
  if (location.annotations === undefined) {
    throw new RethinkError('DATASET_NO_ANNOTATIONS', 'A COCO data set requires an annotation file.', {
      location: { file: location.images },
    });
  }
  return { location, ...readCocoIndex(location.annotations, { imagesAlone: !annotated }) };
}
