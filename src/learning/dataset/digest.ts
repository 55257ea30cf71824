import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../core/json/canonical-json';
import { RethinkError } from '../../contract';
import { readAnnotations } from '../../core/coco/read-annotations';
import { imagePath } from '../../core/coco/values';
import { WarningList } from '../../core/coco/warning-list';
import { checkImage } from './decode';
import { type DatasetProgress, eachImage, writeFileWhole } from './files';
import { similarName } from './folders';
import { statedSize } from './sample-source';
import { type Dataset, type DatasetImage } from './types';
import { unreadableImage } from './unreadable-image';

export interface DatasetDigest {
  /** SHA-256 over the categories, each image's id, bytes and label, and its annotations; free of paths. */
  readonly digest: string;
  /** SHA-256 of each image's bytes, in the data set's order. */
  readonly images: readonly string[];
  /** The data set without the images that were left out, and with warnings about its images. */
  readonly dataset: Dataset;
}

export interface DigestOptions {
  /** Where checksums are cached between runs, so that only changed files are read again. */
  readonly cacheFolder?: string;
  readonly progress?: DatasetProgress;
  readonly signal?: AbortSignal;
  /** For progress, for instance `train`. */
  readonly what?: string;
  /** Whether images that cannot be decoded are left out, with a warning; otherwise they are an error. */
  readonly leaveOut?: boolean;
}

/**
 * Checksums by image file: bytes, time of change (ms), SHA-256, the size that was checked against the header, and whether the
 * image is corrupt in part.
 */
const checksumsSchema = z.record(
  z.string(),
  z.tuple([z.number(), z.number(), z.string(), z.string(), z.boolean()]),
);
type Checksums = z.infer<typeof checksumsSchema>;

/** Images that may be left out, by the error that reading them gives. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  IMAGE_BROKEN: 'Damaged images were left out.',
  IMAGE_FORMAT: 'Images in formats that are not read were left out.',
  IMAGE_TOO_LARGE: 'Images with too many pixels were left out.',
};

/**
 * Reads and decodes every image file once: its checksum, and whether it exists, is complete and has the stated size.
 *
 * @throws RethinkError `DATASET_IMAGES` with the list of all images that are missing, unreadable or of another size
 */
export async function digestDataset(dataset: Dataset, options: DigestOptions = {}): Promise<DatasetDigest> {
  const { cacheFolder, leaveOut = false } = options;
  const cacheFile = cacheFolder === undefined ? undefined : join(cacheFolder, `${cacheName(dataset)}.json`);
  const known = cacheFile === undefined ? {} : await readChecksums(cacheFile);
  const checked = (image: DatasetImage) =>
    checksumOf(dataset, image, known[image.file]).catch((error: unknown) => {
      if (error instanceof RethinkError) return error;
      throw error;
    });
  const read = await eachImage(dataset.images, checked, options);
  const problems = read.filter((result) => result instanceof RethinkError);
  const usable = problems.length === 0 ? dataset : without(dataset, read);
  const isRefused =
    problems.some(({ code }) => !leaveOut || !(code in LEFT_OUT)) || usable.images.length === 0;
  if (problems.length > 0 && (isRefused || lacksClass(usable))) throw listed(dataset, problems, leaveOut);
  const checksums = read.filter((result) => Array.isArray(result));
  if (cacheFile !== undefined) {
    const entries = usable.images.map(({ file }, i) => [file, checksums[i]]);
    await writeFileWhole(cacheFile, JSON.stringify(Object.fromEntries(entries)));
  }
  const lines = checksums.map(([, , checksum]) => checksum);
  const corrupt = new WarningList();
  usable.images.forEach(({ file }, i) => {
    if (checksums[i]![4])
      corrupt.add(
        'IMAGE_CORRUPT',
        'JPEG images are corrupt in part: the decoder skips or fills the parts.',
        file,
      );
  });
  const warnings = [...usable.warnings, ...corrupt.list()];
  return { digest: digestOfContent(usable, lines), images: lines, dataset: { ...usable, warnings } };
}

/** Leaves the images out that could not be read. */
function without(dataset: Dataset, read: readonly unknown[]): Dataset {
  const warnings = new WarningList();
  const skipped: string[] = [];
  const images = dataset.images.filter(({ file }, i) => {
    const problem = read[i];
    if (!(problem instanceof RethinkError)) return true;
    warnings.add(problem.code, LEFT_OUT[problem.code] ?? '', `${file}: ${problem.message}`);
    skipped.push(file);
    return false;
  });
  return {
    ...dataset,
    location: { ...dataset.location, skipped },
    images,
    warnings: [...dataset.warnings, ...warnings.list()],
  };
}

/** Whether a class of images has none left. */
function lacksClass({ location, categories, images }: Dataset): boolean {
  return location.type === 'folders' && new Set(images.map(({ label }) => label)).size < categories.length;
}

function digestOfContent(dataset: Dataset, lines: readonly string[]): string {
  const hash = createHash('sha256');
  hash.update(canonicalJson({ type: dataset.location.type, categories: dataset.categories }));
  for (const [i, { id, label }] of dataset.images.entries()) {
    hash.update(canonicalJson({ id, label, image: lines[i] }));
  }
  for (const annotation of annotationsOf(dataset)) hash.update(annotation);
  return hash.digest('hex');
}

/** What training or evaluation reads of each annotation; by image. */
function annotationsOf({ location: { annotations }, images }: Dataset): string[] {
  if (annotations === undefined) return [];
  const truth = readAnnotations(annotations, { opensImages: true, imagesAlone: true });
  const used = new Set(images.map(({ id }) => id));
  const { image, category, box, area, crowd, ignore, score } = truth;
  const all = Uint32Array.from({ length: truth.count }, (_, row) => row);
  const rows = all.filter((row) => used.has(truth.images[image[row]!]!.id));
  rows.sort((one, other) => image[one]! - image[other]! || one - other);
  return Array.from(rows, (row) =>
    canonicalJson({
      image_id: truth.images[image[row]!]!.id,
      category_id: truth.categories[category[row]!]!.id,
      bbox: [...box.subarray(4 * row, 4 * row + 4)],
      area: area[row],
      iscrowd: crowd[row],
      ignore: ignore[row],
      score: Number.isNaN(score[row]) ? undefined : score[row],
    }),
  );
}

function cacheName(dataset: Dataset): string {
  const { annotations = '', images } = dataset.location;
  return createHash('sha256')
    .update(`${resolve(images)}\n${annotations}`)
    .digest('hex')
    .slice(0, 32);
}

async function readChecksums(file: string): Promise<Checksums> {
  try {
    return checksumsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // A cache that is absent or damaged costs time, nothing else.
    return {};
  }
}

async function checksumOf(
  dataset: Dataset,
  image: DatasetImage,
  known: Checksums[string] | undefined,
): Promise<Checksums[string]> {
  const file = imagePath(dataset.location.images, image.file);
  const stated = statedSize(image);
  const size = stated === undefined ? '' : `${stated.width}x${stated.height}`;
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new RethinkError('IMAGE_MISSING', 'The image does not exist.', { location: { file } });
  }
  if (known?.[0] === found.size && known[1] === found.mtimeMs && known[3] === size) return known;
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadableImage(file, cause);
  });
  const { isCorrupt } = await checkImage(file, stated, bytes);
  return [found.size, found.mtimeMs, createHash('sha256').update(bytes).digest('hex'), size, isCorrupt];
}

function listed(
  { images, location }: Dataset,
  problems: readonly RethinkError[],
  isPool: boolean,
): RethinkError {
  const shown = problems.slice(0, 8).map(({ code, location: at, message }) => {
    const file = at?.file ?? '';
    const like = code === 'IMAGE_MISSING' ? similarName(file) : undefined;
    return `${file}: ${message}${like === undefined ? '' : ` The folder has "${like}".`}`;
  });
  const rest = problems.length > 8 ? `\n  … and ${problems.length - 8} more` : '';
  const { code, hint } = problems[0]!;
  const isOneKind = problems.every((problem) => problem.code === code);
  return new RethinkError(
    'DATASET_IMAGES',
    `${problems.length} of ${images.length} images cannot be used:\n  ${shown.join('\n  ')}${rest}`,
    {
      location: { file: (isPool ? undefined : location.annotations) ?? location.images },
      hint:
        isOneKind && code === 'IMAGE_MISSING' && problems.length === images.length
          ? folderHint(location.images, images[0]!.file)
          : ((isOneKind ? hint : undefined) ??
            'Fix or remove them, or take them out of the annotation file.'),
    },
  );
}

/** Where the files may be, if none is in the folder. */
function folderHint(folder: string, file: string): string {
  const parent = dirname(folder);
  return existsSync(join(parent, file))
    ? `File names are relative to ${parent}: give that folder.`
    : `Is ${folder} the folder that the file names are relative to?`;
}
