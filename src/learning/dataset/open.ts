import { RethinkError } from '../../contract';
import { type DatasetLocation } from '../../core/plan/stage-job';
import { parseCoco } from './coco/parse-annotations';
import { readJsonFile } from './coco/read-json';
import { readFolders } from './folders';
import { type Dataset } from './types';

/**
 * Reads a data set's index: its categories, and its images with what is known of each. No image is opened.
 *
 * @throws RethinkError with file and place where the index is missing or contradicts itself
 */
export async function openDataset(location: DatasetLocation): Promise<Dataset> {
  switch (location.type) {
    case 'folders':
      return { location, ...(await readFolders(location.images)), warnings: [] };
    case 'coco': {
      if (location.annotations === undefined) {
        throw new RethinkError('DATASET_NO_ANNOTATIONS', 'a COCO data set needs its annotation file', {
          location: { file: location.images },
        });
      }
      const index = parseCoco(await readJsonFile(location.annotations), location.annotations);
      return { location, ...index };
    }
  }
}
