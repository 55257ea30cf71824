import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import sharp from 'sharp';
import { imagePath } from '../../core/coco/values';

/** Longest side of an image on a page, in pixels. */
const longestSide = 480;

/** An image's file, relative to the store's folder, or why there is none. */
export type StoredImage =
  { readonly ok: true; readonly file: string } | { readonly ok: false; readonly reason: string };

/**
 * Copies images beside the pages, each once, scaled down and re-encoded: nothing but the pixels of a foreign file
 * gets onto a page.
 */
export class ImageFiles {
  private readonly stored = new Map<string, Promise<StoredImage>>();

  constructor(private readonly folder: string) {}

  /**
   * @param images folder of the data set's images
   * @param fileName as the annotations have it: relative to the folder, and never out of it
   */
  store(images: string, fileName: string): Promise<StoredImage> {
    const id = `${images}\n${fileName}`;
    let stored = this.stored.get(id);
    if (stored === undefined) {
      stored = this.copy(images, fileName);
      this.stored.set(id, stored);
    }
    return stored;
  }

  private async copy(images: string, fileName: string): Promise<StoredImage> {
    const source = imagePath(images, fileName);
    if (!existsSync(source)) return { ok: false, reason: 'the image is no longer where the data set was' };
    if (!realpathSync(source).startsWith(realpathSync(images) + sep)) {
      return { ok: false, reason: 'the image is outside the data set’s folder' };
    }
    try {
      const input = sharp(source, { failOn: 'error', limitInputPixels: 1e8 });
      const { width = 0, height = 0 } = await input.metadata();
      const small = Math.max(width, height) <= 256;
      // Small images show every pixel; photographs need no lossless copy.
      const data = small
        ? await input.png({ compressionLevel: 9 }).toBuffer()
        : await input
            .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
            .jpeg({ quality: 82 })
            .toBuffer();
      const name = createHash('sha256').update(data).digest('hex').slice(0, 16);
      const file = `${name}.${small ? 'png' : 'jpg'}`;
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(join(this.folder, file), data);
      return { ok: true, file };
    } catch (error) {
      return { ok: false, reason: `the image can't be read: ${(error as Error).message.split('\n')[0]}` };
    }
  }
}
