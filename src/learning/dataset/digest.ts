import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { canonicalJson } from '../../core/json/canonical-json';
import { RethinkError } from '../../contract';
import { readAnnotations } from '../../core/coco/read-annotations';
import { checkImage } from './check-image';
import { type DatasetProgress, writeFileWhole } from './files';
import { statedSize } from './sample-source';
import { type Dataset, type DatasetImage } from './types';

export interface DatasetDigest {
  /** SHA-256 over the categories, each image's id, bytes and label, and its annotations; free of paths. */
  readonly digest: string;
  /** SHA-256 of each image's bytes, in the data set's order. */
  readonly images: readonly string[];
}

export interface DigestOptions {
  /** Where checksums are cached between runs, so that only changed files are read again. */
  readonly cacheFolder?: string;
  readonly progress?: DatasetProgress;
  readonly signal?: AbortSignal;
  /** For progress, for instance `train`. */
  readonly what?: string;
}

/** Checksums by image file: bytes, time of change (ms), SHA-256, and the size that was checked against the header. */
const checksumsSchema = z.record(z.string(), z.tuple([z.number(), z.number(), z.string(), z.string()]));
type Checksums = z.infer<typeof checksumsSchema>;

/**
 * Reads every image file once: its checksum, and whether it is there, whole and of the stated size.
 *
 * @throws RethinkError `DATASET_IMAGES` with the list of all images that are missing, broken or of another size
 */
export async function digestDataset(dataset: Dataset, options: DigestOptions = {}): Promise<DatasetDigest> {
  const { cacheFolder, progress, signal, what = 'images' } = options;
  const cacheFile = cacheFolder === undefined ? undefined : join(cacheFolder, `${cacheName(dataset)}.json`);
  const known = cacheFile === undefined ? {} : await readChecksums(cacheFile);
  const checksums: Checksums = {};
  const problems: RethinkError[] = [];
  const limit = pLimit(4);
  let done = 0;
  const total = dataset.images.length;
  const lines = await Promise.all(
    dataset.images.map((image) =>
      limit(async () => {
        signal?.throwIfAborted();
        try {
          checksums[image.file] = await checksumOf(dataset, image, known[image.file]);
        } catch (error) {
          if (!(error instanceof RethinkError)) throw error;
          problems.push(error);
        }
        done++;
        if (done % 50 === 0 || done === total) progress?.(what, done, total);
        return checksums[image.file]?.[2] ?? '';
      }),
    ),
  );
  if (problems.length > 0) throw listed(dataset, problems);
  if (cacheFile !== undefined) await writeFileWhole(cacheFile, JSON.stringify(checksums));
  return { digest: digestOfContent(dataset, lines), images: lines };
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
function annotationsOf({ location: { annotations } }: Dataset): string[] {
  if (annotations === undefined) return [];
  const truth = readAnnotations(annotations, { opensImages: true, imagesAlone: true });
  const { image, category, box, area, crowd, ignore, score } = truth;
  const rows = Uint32Array.from({ length: truth.count }, (_, row) => row);
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
  const file = join(dataset.location.images, image.file);
  const stated = statedSize(image);
  const size = stated === undefined ? '' : `${stated.width}x${stated.height}`;
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) {
    throw new RethinkError('IMAGE_MISSING', 'The image does not exist.', { location: { file } });
  }
  if (known?.[0] === found.size && known[1] === found.mtimeMs && known[3] === size) return known;
  const bytes = await readFile(file);
  await checkImage(file, bytes, stated);
  return [found.size, found.mtimeMs, createHash('sha256').update(bytes).digest('hex'), size];
}

function listed(dataset: Dataset, problems: readonly RethinkError[]): RethinkError {
  const shown = problems
    .slice(0, 8)
    .map(({ location: place, message }) => `${place?.file ?? ''}: ${message}`);
  const rest = problems.length > 8 ? `\n  … and ${problems.length - 8} more` : '';
  const missing = problems.filter(({ code }) => code === 'IMAGE_MISSING').length;
  return new RethinkError(
    'DATASET_IMAGES',
    `${problems.length} of ${dataset.images.length} images cannot be used:\n  ${shown.join('\n  ')}${rest}`,
    {
      location: { file: dataset.location.annotations ?? dataset.location.images },
      hint:
        missing === dataset.images.length
          ? `Is ${dataset.location.images} the folder that the file names are relative to?`
          : 'Fix or remove them, or take them out of the annotation file.',
    },
  );
}
