import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RethinkError } from '../../contract';
import { imagePath } from '../../core/coco/values';
import { checkImage } from '../../learning/dataset/decode';
import { eachImage } from '../../learning/dataset/files';
import { listImages } from '../../learning/dataset/folders';
import { openDataset } from '../../learning/dataset';
import { statedSize } from '../../learning/dataset/sample-source';

/** An image to look for objects in. */
export interface ListedImage {
  readonly id: number;
  /** As the user or the annotation file names it. */
  readonly name: string;
  readonly file: string;
  /** Size that an annotation file states, in pixels. */
  readonly stated?: { readonly width: number; readonly height: number };
}

/**
 * Images of files and folders, the folders' subfolders included; ids from 1 in this order.
 *
 * @throws RethinkError `PREDICT_NO_IMAGES`, `IMAGE_MISSING`
 */
export async function imagesAt(paths: readonly string[]): Promise<ListedImage[]> {
  const names: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) {
      throw new RethinkError('IMAGE_MISSING', 'The file or folder does not exist.', {
        location: { file: path },
      });
    }
    if (statSync(path).isDirectory()) {
      names.push(...(await listImages(path)).map((name) => join(path, name)));
    } else names.push(path);
  }
  return nonEmpty([...new Set(names)].map((name, index) => ({ id: index + 1, name, file: name })));
}

/** The images of an annotation file, with its ids. @throws RethinkError as `openDataset` does, `PREDICT_NO_IMAGES` */
export async function imagesOf(annotations: string, folder: string): Promise<ListedImage[]> {
  const { images } = await openDataset({ type: 'coco', annotations, images: folder, digest: '' });
  return nonEmpty(
    images.map((image) => ({
      id: image.id,
      name: image.file,
      file: imagePath(folder, image.file),
      stated: statedSize(image),
    })),
  );
}

function nonEmpty(images: ListedImage[]): ListedImage[] {
  if (images.length > 0) return images;
  throw new RethinkError('PREDICT_NO_IMAGES', 'No image was given.', {
    hint: 'Give images, or folders of images.',
  });
}

/** The images that can be decoded, and why the others cannot. */
export async function readable(
  images: readonly ListedImage[],
): Promise<{ readonly images: ListedImage[]; readonly broken: RethinkError[] }> {
  const errors = await eachImage(images, async ({ file, stated }) => {
    try {
      const content = await readFile(file).catch(() => undefined);
      await checkImage(file, stated, content ?? Buffer.alloc(0));
      return undefined;
    } catch (error) {
      if (error instanceof RethinkError) return error;
      throw error;
    }
  });
  return {
    images: images.filter((_, index) => errors[index] === undefined),
    broken: errors.filter((error) => error !== undefined),
  };
}
