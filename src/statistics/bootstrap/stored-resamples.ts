import { z } from 'zod';
import { type ResampledStats } from '../../evaluation/resample';
import { imagesDigest } from './image-resamples';

export const resampledScores = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl'] as const;
export type ResampledScore = (typeof resampledScores)[number];

/** Scores of B resamples as they lie in a `metrics.json`: little-endian 32-bit floats in base64, NaN for an empty slice. */
export interface StoredResamples {
  /** Of the images' ids: resamples of the same images are paired. */
  images: string;
  count: number;
  scores: Record<ResampledScore, string>;
}

const storedSchema = z.strictObject({
  images: z.string(),
  count: z.int().min(1),
  scores: z.strictObject({
    AP: z.base64(),
    AP50: z.base64(),
    AP75: z.base64(),
    APs: z.base64(),
    APm: z.base64(),
    APl: z.base64(),
  }),
});

export function storeResamples(imageIds: readonly number[], stats: ResampledStats): StoredResamples {
  const entries = resampledScores.map((name) => [name, encode(stats[name])]);
  return {
    images: imagesDigest(imageIds),
    count: stats.AP.length,
    scores: Object.fromEntries(entries) as StoredResamples['scores'],
  };
}

export interface Resamples {
  readonly images: string;
  readonly count: number;
  /** [B] */
  scores(name: ResampledScore): Float64Array;
}

const read = new WeakMap<object, Resamples | null>();

/**
 * Checked once, however often it is asked for.
 *
 * @param detail a `metrics.json`; undefined where it has no resamples, being of an earlier version or another's
 */
export function readResamples(detail: unknown): Resamples | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined;
  let known = read.get(detail);
  if (known === undefined) read.set(detail, (known = parseResamples(detail) ?? null));
  return known ?? undefined;
}

function parseResamples(detail: object): Resamples | undefined {
  const parsed = z.looseObject({ resamples: storedSchema }).safeParse(detail);
  if (!parsed.success) return undefined;
  const { images, count, scores } = parsed.data.resamples;
  if (resampledScores.some((name) => Buffer.byteLength(scores[name], 'base64') !== 4 * count))
    return undefined;
  return { images, count, scores: (name) => decode(scores[name], count) };
}

function encode(values: Float64Array): string {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, b) => bytes.writeFloatLE(value, 4 * b));
  return bytes.toString('base64');
}

function decode(text: string, count: number): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  const values = new Float64Array(count);
  for (let b = 0; b < count; b++) values[b] = bytes.readFloatLE(4 * b);
  return values;
}
