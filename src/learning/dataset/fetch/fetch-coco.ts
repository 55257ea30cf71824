import { createHash } from 'node:crypto';
import { constants, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { writeFileAtomically } from '../../../core/files/atomic-file';
import { RethinkError } from '../../../contract';
import { decodeImage } from '../decode';
import { type CocoImageEntry, type CocoParts, readCocoParts } from './coco-parts';
import type { CocoSet, CocoSubset } from './coco-subset';
import { cancelled, download, type DownloadOptions } from '../../../core/files/download';
import { licenceNotes, licenceTable } from './licences';
import { unzipEntry } from './unzip-entry';

export interface FetchCocoOptions extends Pick<DownloadOptions, 'signal' | 'attempts' | 'retryDelayMs'> {
  readonly subset: CocoSubset;
  /** Folder to fill. */
  readonly to: string;
  /** A COCO copy on disk: `annotations/instances_….json` and a folder of images a set. */
  readonly from?: string;
  /** Instead of COCO's public store: the same paths under another address. */
  readonly baseUrl?: string;
  /** Connections at once. */
  readonly jobs: number;
  readonly progress?: (what: string, done: number, total: number) => void;
}

export interface FetchedCoco {
  /** Split → its annotation file and the number of its images and boxes. */
  readonly splits: Readonly<
    Record<string, { readonly annotations: string; readonly images: number; readonly boxes: number }>
  >;
  /** Images that were fetched or copied now, and those that were there. */
  readonly fetched: number;
  readonly present: number;
}

/** COCO's public store. */
export const cocoStore = 'http://images.cocodataset.org';
const annotationsZip = 'annotations/annotations_trainval2017.zip';
const checksumsFile = 'SHA256SUMS';

/**
 * Fetches a fixed part of COCO: `annotations/<split>.json` (boxes only), `images/<set>/…`, the images' licences beside
 * them, and `SHA256SUMS`. Files with the right checksum are reused, cut transfers are
 * resumed; an image whose size differs from the annotations is refused.
 *
 * @throws RethinkError `FETCH_INCOMPLETE` with the first images that could not be fetched, after all others were; what
 * `download` and `readCocoParts` throw
 */
export async function fetchCoco(options: FetchCocoOptions): Promise<FetchedCoco> {
  const { subset, to, jobs, signal } = options;
  mkdirSync(join(to, 'annotations'), { recursive: true });
  const contents = (await finishedSplits(to, subset)) ?? (await makeSplits(options));
  const missing = Object.values(contents).flatMap(({ images }) => images);

  const known = readChecksums(join(to, checksumsFile));
  const checksums = new Map<string, string>();
  const failures: { image: CocoImageEntry; error: unknown }[] = [];
  let [fetched, done] = [0, 0];
  await pLimit(jobs).map(missing, async (entry) => {
    if (signal?.aborted === true) return;
    try {
      const file = imageFile(entry);
      const before = await checksumOf(join(to, file));
      const isThere = before !== undefined && before === known.get(file);
      if (!isThere) {
        await bring(entry, options);
        fetched++;
      }
      checksums.set(file, isThere ? before : (await checksumOf(join(to, file)))!);
    } catch (error) {
      failures.push({ image: entry, error });
    }
    options.progress?.('images', ++done, missing.length);
  });
  // Also of an interrupted run, so that the next one trusts what this one brought.
  await writeFileAtomically(join(to, checksumsFile), formatChecksums(new Map([...known, ...checksums])));
  if (signal?.aborted === true) throw cancelled();
  if (failures.length > 0) throw incomplete(failures, missing.length);
  await writeFileAtomically(join(to, 'LICENCES.md'), licenceNotes(Object.values(contents)));
  await writeFileAtomically(join(to, 'licences.csv'), licenceTable(Object.values(contents)));
  rmSync(join(to, '.downloads'), { recursive: true, force: true });
  const splits = Object.entries(contents).map(([split, { images, annotations }]) => [
    split,
    { annotations: annotationFile(to, split), images: images.length, boxes: annotations.length },
  ]);
  return {
    splits: Object.fromEntries(splits) as FetchedCoco['splits'],
    fetched,
    present: missing.length - fetched,
  };
}

/** The annotation files of an earlier run for the same subset: 241 MB need not be fetched again for an image. */
async function finishedSplits(
  to: string,
  subset: CocoSubset,
): Promise<Record<string, CocoParts> | undefined> {
  const contents: Record<string, CocoParts> = {};
  for (const [split, members] of Object.entries(subset.splits)) {
    const text = await readFile(annotationFile(to, split), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const content = JSON.parse(text) as CocoParts & { info: { subset?: string } };
    if (content.info.subset !== digestOf(members)) return undefined;
    contents[split] = content;
  }
  return contents;
}

async function makeSplits(options: FetchCocoOptions): Promise<Record<string, CocoParts>> {
  const { subset, to } = options;
  const requested = new Map<CocoSet, Set<number>>();
  for (const members of Object.values(subset.splits)) {
    for (const [set, ids] of Object.entries(members) as [CocoSet, number[]][]) {
      requested.set(set, new Set([...(requested.get(set) ?? []), ...ids]));
    }
  }
  const sets = new Map<CocoSet, CocoParts>();
  for (const [set, ids] of requested) sets.set(set, readCocoParts(await annotationsOf(set, options), ids));
  const contents: Record<string, CocoParts> = {};
  for (const [split, members] of Object.entries(subset.splits)) {
    contents[split] = splitContent(members, sets);
    const description = `${split} split of the subset ${subset.name} of COCO 2017, boxes only`;
    const info = { description, version: '2017', subset: digestOf(members) };
    await writeFileAtomically(annotationFile(to, split), `${JSON.stringify({ info, ...contents[split] })}\n`);
  }
  return contents;
}

const annotationFile = (to: string, split: string) => join(to, 'annotations', `${split}.json`);

function digestOf(members: CocoSubset['splits'][string]): string {
  return createHash('sha256').update(JSON.stringify(members)).digest('hex');
}

async function annotationsOf(set: CocoSet, options: FetchCocoOptions): Promise<string> {
  const name = `annotations/instances_${set}.json`;
  const { from, to, baseUrl = cocoStore, progress } = options;
  if (from !== undefined) {
    const file = join(from, name);
    if (existsSync(file)) return file;
    throw new RethinkError('FETCH_FROM', `The folder has no ${name}.`, {
      location: { file: from },
      hint: 'Name the folder that contains COCO’s `annotations` and its folders of images.',
    });
  }
  const folder = join(to, '.downloads');
  const target = join(folder, `instances_${set}.json`);
  if (existsSync(target)) return target;
  mkdirSync(folder, { recursive: true });
  const zip = join(folder, 'annotations.zip');
  if (!existsSync(zip)) {
    await download(`${baseUrl}/${annotationsZip}`, zip, {
      ...options,
      onBytes: (done, total) =>
        progress?.('annotations, MB', Math.round(done / 1e6), Math.round(total / 1e6)),
    });
  }
  await unzipEntry(zip, name, target);
  return target;
}

function splitContent(
  members: CocoSubset['splits'][string],
  sets: ReadonlyMap<CocoSet, CocoParts>,
): CocoParts {
  const images: CocoImageEntry[] = [];
  const annotations: CocoParts['annotations'] = [];
  const parts = Object.entries(members) as [CocoSet, number[]][];
  for (const [set, ids] of parts) {
    const requested = new Set(ids);
    for (const entry of sets.get(set)!.images.filter(({ id }) => requested.has(id))) {
      // The name becomes a path and an address.
      if (!/^\w[\w.-]*$/.test(entry.file_name)) {
        throw new RethinkError(
          'FETCH_NAME',
          `Image ${entry.id} has an unexpected file name: ${entry.file_name}.`,
        );
      }
      images.push({ ...entry, file_name: `${set}/${entry.file_name}` });
    }
    annotations.push(...sets.get(set)!.annotations.filter(({ image_id }) => requested.has(image_id)));
  }
  const { licenses, categories } = sets.get(parts[0]![0])!;
  return { licenses, categories, images, annotations };
}

/** Copies or fetches an image atomically, and checks its size. */
async function bring(entry: CocoImageEntry, options: FetchCocoOptions): Promise<void> {
  const target = join(options.to, imageFile(entry));
  const check = async (candidate: string): Promise<void> => void (await decodeImage(candidate, entry));
  if (options.from === undefined) {
    const url = `${options.baseUrl ?? cocoStore}/${entry.file_name}`;
    return download(url, target, { ...options, check });
  }
  const source = [join(options.from, entry.file_name), join(options.from, 'images', entry.file_name)].find(
    (candidate) => existsSync(candidate),
  );
  if (source === undefined) {
    throw new RethinkError('FETCH_FROM', `The folder has no image ${entry.file_name}.`, {
      location: { file: options.from },
    });
  }
  mkdirSync(dirname(target), { recursive: true });
  await copyFile(source, `${target}.partial`, constants.COPYFILE_FICLONE);
  await check(`${target}.partial`);
  await rename(`${target}.partial`, target);
}

function imageFile({ file_name }: CocoImageEntry): string {
  return `images/${file_name}`;
}

async function checksumOf(file: string): Promise<string | undefined> {
  const content = await readFile(file).catch(() => undefined);
  return content && createHash('sha256').update(content).digest('hex');
}

/** File → checksum, in the format of `sha256sum`. */
function readChecksums(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8').matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm);
  return new Map([...lines].map(([, checksum, name]) => [name!, checksum!]));
}

function formatChecksums(checksums: ReadonlyMap<string, string>): string {
  return [...checksums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, checksum]) => `${checksum}  ${name}\n`)
    .join('');
}

function incomplete(
  failures: readonly { image: CocoImageEntry; error: unknown }[],
  total: number,
): RethinkError {
  const [first] = failures;
  const message = first!.error instanceof Error ? first!.error.message : String(first!.error);
  return new RethinkError(
    'FETCH_INCOMPLETE',
    `${failures.length} of ${total} images could not be fetched; the first, ${first!.image.file_name}: ${message}`,
    { hint: 'Run the same command again: it fetches what is missing.', cause: first!.error },
  );
}
