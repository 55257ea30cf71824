import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { RethinkError } from '../../../contract';
import { normaliseFileName } from '../../../core/coco/values';
import { checkImage } from '../check-image';
import { inspectImage } from '../decode';
import { type DatasetProgress } from '../files';
import { listImages } from '../folders';
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
  IMAGE_SIZE: 'IMAGE_SIZE_DIFFERS',
};

/**
 * Reads every image of a data set once.
 *
 * @param findings takes missing, broken and turned images, and those of another size
 * @returns those that can be read, by file, in the order of the list
 */
export async function readImages(
  dataset: RawDataset,
  folder: string,
  findings: FindingList,
  { hashes = false, progress }: ReadImagesOptions = {},
): Promise<Image[]> {
  const wanted = new Map<string, RawImage>();
  for (const image of dataset.images) {
    const { file } = image;
    if (file !== undefined && normaliseFileName(file) !== undefined && !wanted.has(file))
      wanted.set(file, image);
  }
  const limit = pLimit(4);
  let done = 0;
  const read = await Promise.all(
    [...wanted.values()].map((image) =>
      limit(async () => {
        const reading = await readImage(image, folder, hashes);
        done++;
        if (done % 50 === 0 || done === wanted.size) progress?.('images', done, wanted.size);
        return { listed: image, ...reading };
      }),
    ),
  );
  const readings: Image[] = [];
  // After all are read, so that the order of the findings is that of the list.
  for (const { listed, problem, turned, image } of read) {
    const place = `images[${listed.index}].file_name`;
    if (problem !== undefined) findings.add(problem.code, place, problem.detail);
    if (turned === true) findings.add('IMAGE_TURNED', place, listed.file);
    if (image !== undefined) readings.push(image);
  }
  return readings;
}

interface Reading {
  readonly problem?: { readonly code: FindingCode; readonly detail: string };
  readonly turned?: boolean;
  readonly image?: Image;
}

async function readImage(image: RawImage, folder: string, hashes: boolean): Promise<Reading> {
  const file = image.file!;
  const path = join(folder, file);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return { problem: { code: 'IMAGE_MISSING', detail: file } };
  const { width, height } = image;
  const stated = width > 0 && height > 0 ? { width, height } : undefined;
  let checksum: string | undefined;
  try {
    const bytes = await readFile(path);
    checksum = createHash('sha256').update(bytes).digest('hex');
    await checkImage(path, bytes, stated);
    const hash = hashes ? await differenceHash(bytes) : undefined;
    const turned = stated !== undefined && (await inspectImage(path, stated)).autoOrient;
    return { turned, image: { file, checksum, hash } };
  } catch (error) {
    const code = error instanceof RethinkError ? codes[error.code] : 'IMAGE_BROKEN';
    const detail = `${file}: ${error instanceof Error ? error.message : String(error)}`;
    const problem = { code: code ?? 'IMAGE_BROKEN', detail };
    // An image of another size may still be a copy.
    return code === 'IMAGE_SIZE_DIFFERS' && checksum !== undefined
      ? { problem, image: { file, checksum } }
      : { problem };
  }
}

/** Images in the folder that no entry names. */
export async function checkUnlisted(
  dataset: RawDataset,
  folder: string,
  findings: FindingList,
): Promise<void> {
  const listed = new Set(dataset.images.map(({ file }) => file));
  for (const file of await listImages(folder)) {
    if (!listed.has(file)) findings.add('FILE_WITHOUT_ENTRY', file);
  }
}
