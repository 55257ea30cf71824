import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { RethinkError } from '../../contract';
import { type DatasetLocation } from '../../core/plan/stage-job';
import { inspectImage } from './decode';
import { eachImage, writeFileWhole } from './files';
import { listImages } from './folders';
import { openDataset } from './open';

type Location = Omit<DatasetLocation, 'digest'>;

/**
 * Makes a COCO list of a folder of images, in the cache; ids follow the file names' order, from 1. An image without a
 * readable header is listed with a size of 1 × 1: its decoding fails later, and leaves it out.
 *
 * @throws RethinkError `DATASET_EMPTY` without images
 */
export async function listUnlabelled(images: string, cacheFolder: string): Promise<Location> {
  const files = await listImages(images);
  if (files.length === 0) {
    throw new RethinkError('DATASET_EMPTY', 'The folder has no images.', { location: { file: images } });
  }
  const entries = await eachImage(files, async (file, i) => {
    const size = await inspectImage(join(images, file)).catch(() => undefined);
    return { id: i + 1, file_name: file, width: size?.width ?? 1, height: size?.height ?? 1 };
  });
  return { type: 'coco', annotations: await writeList(images, { images: entries }, cacheFolder), images };
}

/**
 * Takes the objects out of an unlabelled pool's file, so that no training can see them, and uses the file itself as
 * the ground truth where it has any.
 */
export async function splitTruth(
  location: Location,
  cacheFolder: string,
): Promise<{ unlabelled: Location; truth?: Location }> {
  const dataset = await openDataset({ ...location, digest: '' });
  if (dataset.images.every(({ objects }) => objects.length === 0)) return { unlabelled: location };
  const list = {
    images: dataset.images.map(({ id, file, width, height }) => ({ id, file_name: file, width, height })),
    categories: dataset.categories,
  };
  const annotations = await writeList(location.annotations ?? location.images, list, cacheFolder);
  return { unlabelled: { ...location, annotations }, truth: location };
}

/** @param source decides the name of the file */
export async function writeList(source: string, list: unknown, cacheFolder: string): Promise<string> {
  const name = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const file = join(cacheFolder, 'lists', `${name}.json`);
  await writeFileWhole(file, JSON.stringify(list));
  return file;
}
