import chiSquared from '@stdlib/stats-base-dists-chisquare-quantile';
import { type Interval, meanOf, varianceOf } from './intervals';
import { type ScoredRow, decomposeNoise } from './joint-replicates';
import { CONFIDENCE } from './replicates';

/** A standard deviation in AP, with its own interval. */
export interface NoiseSpread {
  readonly sd: number;
  readonly interval: Interval;
}

export interface NoiseShares {
  /** How far one run's AP is off because the validation set has these images and not others; rows' mean. */
  readonly testSet: NoiseSpread;
  /** How far one run's true AP is off because of its seed; rows' mean. Null where no row has two seeds. */
  readonly seed: NoiseSpread | null;
  /** The part of `seed` that moves all rows alike, so that differences between rows don't have it. */
  readonly commonSeedSd: number | null;
}

/**
 * Noise of a score by its causes. Variances between seeds contain a part of the images' noise, which is known from the
 * resamples and subtracted. Intervals by χ²: of the seeds from their degrees of freedom, of the images from as many
 * resamples or images as there are, whichever is less.
 *
 * @param images in the validation set
 */
export function noiseShares(rows: readonly ScoredRow[], images: number): NoiseShares | undefined {
  if (rows.length === 0) return undefined;
  const { noise, meanWithinSeed } = decomposeNoise(rows);
  const runs = rows.flatMap((row) => row.runs);
  const byImages = runs.map(({ resamples }) => varianceOf(resamples.filter((value) => !Number.isNaN(value))));
  const testSet = spreadFrom(
    meanOf(byImages),
    Math.max(1, Math.min(images, runs[0]!.resamples.length) - 1),
    0,
    0,
  );
  if (noise === undefined) return { testSet, seed: null, commonSeedSd: null };
  const own = meanOf(noise.rows.map(({ variance }) => variance));
  const df = Math.min(...noise.rows.map((row) => row.df));
  return {
    testSet,
    seed: spreadFrom(own, df, meanWithinSeed, noise.common.variance),
    commonSeedSd: Math.sqrt(noise.common.variance),
  };
}

/** Of variance − less + more, the first of which is estimated with df degrees of freedom. */
function spreadFrom(variance: number, df: number, less: number, more: number): NoiseSpread {
  const sd = (value: number): number => Math.sqrt(Math.max(0, value - less) + more);
  const tail = (1 - CONFIDENCE) / 2;
  const at = (p: number): number => sd((variance * df) / chiSquared(p, df));
  return { sd: sd(variance), interval: { low: at(1 - tail), high: at(tail) } };
}
