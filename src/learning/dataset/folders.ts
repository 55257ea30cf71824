import { readdirSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { RethinkError } from '../../contract';
import { type Category, type DatasetImage } from './types';
import { READ_FORMATS } from './unreadable-image';

/** Names of images, those of formats included that are not read: they are reported instead of ignored. */
export const imageName =
  /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|p[bgnp]m|jp2|j2k|jxl|hei[cf]|tga|ico|psd|exr|dcm|dng)$/i;

/**
 * Reads a folder with one sub-folder a class, each with images. Names in code-unit order decide class indices and
 * image ids (from 1). Other files, and folders whose name begins with a dot, are ignored.
 *
 * @throws RethinkError `DATASET_FOLDER_MISSING`, `FOLDERS_NO_CLASSES` or `FOLDERS_EMPTY_CLASS`
 */
export async function readFolders(
  folder: string,
): Promise<{ categories: Category[]; images: DatasetImage[] }> {
  const { folders: classes } = await listFolder(folder);
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
        hint: `Remove the folder, or put images into it (${READ_FORMATS}).`,
      });
    }
    for (const file of files) {
      images.push({ id: images.length + 1, file: `${name}/${file}`, objects: [], label });
    }
  }
  return { categories: classes.map((name, i) => ({ id: i + 1, name })), images };
}

/**
 * Paths of the images in a folder and below, relative to it, in code-unit order. Links are followed; loops end.
 *
 * @param above real paths of the folders that this one was reached through
 */
export async function listImages(folder: string, above: readonly string[] = []): Promise<string[]> {
  const own = await realpath(folder).catch(() => folder);
  if (above.includes(own)) return [];
  const { folders, files } = await listFolder(folder);
  const found = files.filter((name) => imageName.test(name));
  for (const name of folders) {
    for (const file of await listImages(join(folder, name), [...above, own])) found.push(`${name}/${file}`);
  }
  return found.sort();
}

/**
 * Names of the folders and files in a folder, links followed, in code-unit order; without those that begin with a dot, and
 * without links to the folder itself or to one that it is in.
 */
export async function listFolder(folder: string): Promise<{ folders: string[]; files: string[] }> {
  try {
    const folders: string[] = [];
    const files: string[] = [];
    const own = `${await realpath(folder)}${sep}`;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      const isLink = entry.isSymbolicLink();
      if (isLink && own.startsWith(`${await realpath(path).catch(() => '')}${sep}`)) continue;
      const found = isLink ? await stat(path).catch(() => undefined) : entry;
      if (found?.isDirectory() === true) folders.push(entry.name);
      else if (found !== undefined) files.push(entry.name);
    }
    return { folders: folders.sort(), files: files.sort() };
  } catch (cause) {
    throw new RethinkError('DATASET_FOLDER_MISSING', 'The folder does not exist or cannot be read.', {
      location: { file: folder },
      hint: 'Check the path in the benchmark file; relative paths start at that file.',
      cause,
    });
  }
}

const fold = (name: string): string => name.normalize('NFC').toLowerCase();

/** The name in a missing file's folder that differs from its own in letter case or Unicode form alone. */
export function similarName(file: string): string | undefined {
  try {
    return readdirSync(dirname(file)).find((name) => fold(name) === fold(basename(file)));
  } catch {
    return undefined;
  }
}
