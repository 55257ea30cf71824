import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RethinkError } from '../../contract';
import { type Category, type DatasetImage } from './types';

const imageName = /\.(jpe?g|png|webp|gif|tiff?|bmp|avif)$/i;

/** File names in an order that no locale changes. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Reads a folder with one sub-folder a class, each with images. Names in code-unit order decide class indices and
 * image ids (from 1). Other files, and folders whose name begins with a dot, are passed over.
 *
 * @throws RethinkError `DATASET_FOLDER_MISSING`, `FOLDERS_NO_CLASSES` or `FOLDERS_EMPTY_CLASS`
 */
export async function readFolders(
  folder: string,
): Promise<{ categories: Category[]; images: DatasetImage[] }> {
  const classes = (await listFolder(folder))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort(byCodeUnit);
  if (classes.length === 0) {
    throw new RethinkError(
      'FOLDERS_NO_CLASSES',
      'The folder has no subfolders: one for each class is expected.',
      {
        location: { file: folder },
        hint: 'Classification data is stored as <folder>/<class>/<image>.',
      },
    );
  }
  const images: DatasetImage[] = [];
  for (const [label, name] of classes.entries()) {
    const files = await listImages(join(folder, name));
    if (files.length === 0) {
      throw new RethinkError('FOLDERS_EMPTY_CLASS', 'The folder has no images.', {
        location: { file: join(folder, name) },
        hint: 'Remove the folder, or put images into it (jpg, png, webp, gif, tiff, bmp, avif).',
      });
    }
    for (const file of files) {
      images.push({ id: images.length + 1, file: `${name}/${file}`, objects: [], label });
    }
  }
  return { categories: classes.map((name, i) => ({ id: i + 1, name })), images };
}

/** Paths of the images in a folder and below, relative to it, in code-unit order. */
export async function listImages(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await listFolder(folder)) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      for (const file of await listImages(join(folder, entry.name))) found.push(`${entry.name}/${file}`);
    } else if (imageName.test(entry.name)) {
      found.push(entry.name);
    }
  }
  return found.sort(byCodeUnit);
}

async function listFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new RethinkError('DATASET_FOLDER_MISSING', 'The folder does not exist or cannot be read.', {
      location: { file: folder },
      hint: 'Check the path in the benchmark file; relative paths start at that file.',
      cause,
    });
  }
}
