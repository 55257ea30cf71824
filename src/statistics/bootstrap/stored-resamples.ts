import type { StoredResamples } from '../../evaluation/metrics-file';
import { type ResampledStats } from '../../evaluation/resample';
import { type ResampledScore, resampledScores } from '../../evaluation/summarise';
import { imagesDigest } from './image-resamples';

export function storeResamples(imageIds: readonly number[], stats: ResampledStats): StoredResamples {
  const images = imagesDigest(imageIds);
  return storedForm({ images, count: stats.AP.length, scores: (name) => stats[name] });
}

export interface Resamples {
  readonly images: string;
  readonly count: number;
  /** [B] */
  readonly scores: (name: ResampledScore) => Float64Array;
}

export function storedForm({ images, count, scores }: Resamples): StoredResamples {
  const entries = resampledScores.map((name) => [name, encode(scores(name))]);
  return { images, count, scores: Object.fromEntries(entries) as StoredResamples['scores'] };
}

/** @returns undefined where there are none, or fewer bytes than numbers */
export function readResamples(stored: StoredResamples | undefined): Resamples | undefined {
  if (stored === undefined) return undefined;
  const { images, count, scores } = stored;
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
