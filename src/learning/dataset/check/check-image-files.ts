import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { RethinkError } from '../../../contract';
import { checkPicture } from '../check-image';
import { inspectImage } from '../decode';
import { type DatasetProgress } from '../files';
import { listPictures } from '../folders';
import { staysInside } from './check-images';
import { type FindingCode, type FindingList } from './finding';
import { type Look, lookOf } from './dhash';
import { type RawDataset, type RawImage } from './raw-dataset';

/** A picture file that could be read. */
export interface Picture {
  readonly file: string;
  /** SHA-256 of its bytes. */
  readonly sum: string;
  /** Where looks are asked for. */
  readonly look?: Look;
}

export interface ReadPicturesOptions {
  /** Also what each picture looks like, for near duplicates: every pixel is decoded. */
  readonly looks?: boolean;
  readonly progress?: DatasetProgress;
}

const codes: Readonly<Record<string, FindingCode>> = {
  IMAGE_MISSING: 'IMAGE_MISSING',
  IMAGE_BROKEN: 'IMAGE_BROKEN',
  IMAGE_SIZE: 'IMAGE_SIZE_DIFFERS',
};

/**
 * Reads every picture of a data set once.
 *
 * @param findings takes missing, broken and turned pictures, and those of another size
 * @returns those that can be read, by file, in the order of the list
 */
export async function readPictures(
  dataset: RawDataset,
  folder: string,
  findings: FindingList,
  { looks = false, progress }: ReadPicturesOptions = {},
): Promise<Picture[]> {
  const wanted = new Map<string, RawImage>();
  for (const image of dataset.images) {
    if (image.file !== undefined && staysInside(image.file) && !wanted.has(image.file))
      wanted.set(image.file, image);
  }
  const limit = pLimit(4);
  let done = 0;
  const read = await Promise.all(
    [...wanted.values()].map((image) =>
      limit(async () => {
        const picture = await readPicture(image, folder, looks);
        done++;
        if (done % 50 === 0 || done === wanted.size) progress?.('pictures', done, wanted.size);
        return { image, ...picture };
      }),
    ),
  );
  const pictures: Picture[] = [];
  // After all are read, so that the order of the findings is that of the list.
  for (const { image, problem, turned, picture } of read) {
    const place = `images[${image.index}].file_name`;
    if (problem !== undefined) findings.add(problem.code, place, problem.detail);
    if (turned === true) findings.add('IMAGE_TURNED', place, image.file);
    if (picture !== undefined) pictures.push(picture);
  }
  return pictures;
}

interface Reading {
  readonly problem?: { readonly code: FindingCode; readonly detail: string };
  readonly turned?: boolean;
  readonly picture?: Picture;
}

async function readPicture(image: RawImage, folder: string, looks: boolean): Promise<Reading> {
  const file = image.file!;
  const path = join(folder, file);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return { problem: { code: 'IMAGE_MISSING', detail: file } };
  const { width, height } = image;
  const stated = width > 0 && height > 0 ? { width, height } : undefined;
  let sum: string | undefined;
  try {
    const bytes = await readFile(path);
    sum = createHash('sha256').update(bytes).digest('hex');
    await checkPicture(path, bytes, stated);
    const look = looks ? await lookOf(bytes) : undefined;
    const turned = stated !== undefined && (await inspectImage(path, stated)).autoOrient;
    return { turned, picture: { file, sum, look } };
  } catch (error) {
    const code = error instanceof RethinkError ? codes[error.code] : 'IMAGE_BROKEN';
    const detail = `${file}: ${error instanceof Error ? error.message : String(error)}`;
    const problem = { code: code ?? 'IMAGE_BROKEN', detail };
    // A picture of another size may still be a copy.
    return code === 'IMAGE_SIZE_DIFFERS' && sum !== undefined
      ? { problem, picture: { file, sum } }
      : { problem };
  }
}

/** Pictures in the folder that no entry names. */
export async function checkUnlisted(
  dataset: RawDataset,
  folder: string,
  findings: FindingList,
): Promise<void> {
  const listed = new Set(dataset.images.map(({ file }) => file));
  for (const file of await listPictures(folder)) {
    if (!listed.has(file)) findings.add('FILE_WITHOUT_ENTRY', file);
  }
}
