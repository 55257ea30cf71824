import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RethinkError } from '../../../contract';
import { imagePath, normaliseFileName } from '../../../core/coco/values';
import { checkImage } from '../decode';
import { type DatasetProgress, eachImage } from '../files';
import { listImages, similarName } from '../folders';
import { type FindingCode, type FindingList } from './finding';
import { type PerceptualHash, differenceHash } from './dhash';
import { type RawDataset, type RawImage } from './raw-dataset';

/** An image file that could be read. */
export interface Image {
  readonly file: string;
  /** SHA-256 of its bytes. */
  readonly checksum: string;
  /** Where hashes are requested. */
  readonly hash?: PerceptualHash;
}

export interface ReadImagesOptions {
  /** Also each image's perceptual hash, for near-duplicates: every pixel is decoded. */
  readonly hashes?: boolean;
  readonly progress?: DatasetProgress;
}

const codes: Readonly<Record<string, FindingCode>> = {
  IMAGE_MISSING: 'IMAGE_MISSING',
  IMAGE_BROKEN: 'IMAGE_BROKEN',
  IMAGE_FORMAT: 'IMAGE_FORMAT',
  IMAGE_TOO_LARGE: 'IMAGE_TOO_LARGE',
  IMAGE_SIZE: 'IMAGE_SIZE_DIFFERS',
};

/**
 * Reads and decodes every image of a data set once.
 *
 * @param findings takes missing, unreadable and turned images, and those of another size
 * @returns those that can be read, by file, in the order of the list
 */
export async function readImages(
  dataset: RawDataset,
  folder: string,
  findings: FindingList,
  { hashes = false, progress }: ReadImagesOptions = {},
): Promise<Image[]> {
  const listed = new Map<string, RawImage>();
  for (const image of dataset.images) {
    const { file } = image;
    if (file !== undefined && normaliseFileName(file) !== undefined && !listed.has(file))
      listed.set(file, image);
  }
  const read = await eachImage(
    [...listed],
    async ([file, image]) => {
      const reading = await readImage(image, imagePath(folder, file), hashes);
      return { file, index: image.index, ...reading };
    },
    { progress },
  );
  // After all are read, so that the order of the findings is that of the list.
  for (const { file, index, code, message, orientation = 1, isCorrupt } of read) {
    const location = `images[${index}].file_name`;
    if (code === 'IMAGE_MISSING') {
      findings.add(code, location, () => {
        const like = similarName(join(folder, file));
        return like === undefined ? file : `${file}; the folder has "${like}"`;
      });
    } else if (code !== undefined) {
      findings.add(code, location, `${file}: ${message}`);
    }
    if (isCorrupt === true) findings.add('IMAGE_CORRUPT', location, file);
    if (orientation !== 1) findings.add('IMAGE_TURNED', location, `${file}: orientation ${orientation}`);
  }
  return read.flatMap(({ file, checksum, hash }) => (checksum === undefined ? [] : { file, checksum, hash }));
}

interface Reading {
  readonly code?: FindingCode;
  readonly message?: string;
  /** EXIF orientation, 1 for upright. */
  readonly orientation?: number;
  readonly isCorrupt?: boolean;
  /** Absent where the image cannot be decoded. */
  readonly checksum?: string;
  readonly hash?: PerceptualHash;
}

async function readImage({ width, height }: RawImage, path: string, hashes: boolean): Promise<Reading> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return { code: 'IMAGE_MISSING' };
  const stated = width > 0 && height > 0 ? { width, height } : undefined;
  let checksum: string | undefined;
  try {
    const bytes = await readFile(path);
    checksum = createHash('sha256').update(bytes).digest('hex');
    const check = await checkImage(path, stated, bytes);
    return { ...check, checksum, hash: hashes ? await differenceHash(bytes) : undefined };
  } catch (error) {
    const code = (error instanceof RethinkError ? codes[error.code] : undefined) ?? 'IMAGE_BROKEN';
    const message = error instanceof Error ? error.message : String(error);
    // An image of another size may still be a copy.
    return { code, message, checksum: code === 'IMAGE_SIZE_DIFFERS' ? checksum : undefined };
  }
}

/** Images in the folder that no entry names. */
export async function checkUnlisted(
  dataset: RawDataset,
  folder: string,
  findings: FindingList,
): Promise<void> {
  const listed = new Set(dataset.images.map(({ file }) => file?.normalize('NFC')));
  for (const file of await listImages(folder)) {
    if (!listed.has(file.normalize('NFC'))) findings.add('FILE_WITHOUT_ENTRY', file);
  }
}
