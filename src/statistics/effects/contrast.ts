import { meanOf, varianceOf } from '../bootstrap/intervals';
import { interaction } from '../bootstrap/joint-replicates';
import type { AppliedSeedNoise } from '../bootstrap/replicates';
import type { Grid, Observation } from './grid';
import type { Noise } from './noise';
import { shrunk, variancePrior, type VariancePrior } from '../bootstrap/variance-prior';

/** A weighted sum of cells. */
export type Terms = readonly { readonly levels: readonly string[]; readonly weight: number }[];

/** A contrast over the seeds that all its cells have. */
export interface MeasuredContrast {
  readonly terms: Terms;
  readonly estimate: number;
  /** Ascending. */
  readonly seeds: readonly number[];
  /** Variance of the contrast between seeds, of one seed; dof = seeds − 1, NaN variance at 0. */
  readonly seedVariance: number;
  readonly dof: number;
  /** Standard deviation over resamples of the images; undefined where they are not known. */
  readonly imageSe: number | undefined;
  /** Noise of one cell by which this contrast's grows when nothing is known of it: see `scaleOf`. */
  readonly scale: number;
}

/** Seeds that all cells of a contrast have. */
export function commonSeeds(grid: Grid, terms: Terms): number[] {
  const [first, ...others] = terms.map(({ levels }) => grid.seeds(levels));
  return (first ?? []).filter((seed) => others.every((seeds) => seeds.includes(seed)));
}

/**
 * The contrast's value for each seed and on each resample of the images. Taking it seed by seed keeps what cells share
 * (a pre-training, a teacher) on both sides of the difference, whatever the correlation is.
 *
 * @param seeds that all cells have; at least one
 */
export function measureContrast(grid: Grid, terms: Terms, seeds: readonly number[]): MeasuredContrast {
  const observations = (seed: number): (readonly [Observation, number])[] =>
    terms.map(({ levels, weight }) => [grid.cell(levels)!.get(seed)!, weight]);
  const bySeed = seeds.map((seed) =>
    observations(seed).reduce((sum, [{ score }, weight]) => sum + weight * score, 0),
  );
  const dof = seeds.length - 1;
  return {
    terms,
    estimate: meanOf(bySeed),
    seeds,
    seedVariance: dof === 0 ? NaN : varianceOf(bySeed),
    dof,
    imageSe: imageError(seeds.map(observations)),
    scale: scaleOf(terms),
  };
}

/**
 * Spread of the contrast over resamples of the images as far as it is common to the seeds: what resampling does to each
 * seed's detectors separately is already in the spread of the seeds, and is subtracted.
 */
function imageError(bySeed: readonly (readonly (readonly [Observation, number])[])[]): number | undefined {
  const all = bySeed.flat();
  const count = all[0]?.[0].resampled?.length ?? 0;
  if (count < 2 || all.some(([{ resampled }]) => resampled?.length !== count)) return undefined;
  const runs = bySeed.map((observations) => {
    const values = new Float64Array(count);
    for (const [{ resampled }, weight] of observations) {
      for (let b = 0; b < count; b++) values[b]! += weight * resampled![b]!;
    }
    // A resample without any truth has no score.
    const middle = meanOf([...values].filter((value) => !Number.isNaN(value)));
    return values.map((value) => (Number.isNaN(value) ? 0 : value - middle));
  });
  const together = Array.from({ length: count }, (_, b) => meanOf(runs.map((run) => run[b]!)));
  return Math.sqrt(Math.max(0, varianceOf(together) - (interaction(runs) ?? 0) / runs.length));
}

/**
 * Variance of a contrast in units of a cell's if all cells of one side share their noise: (Σ w⁺)² + (Σ w⁻)².
 * Cells that share a pre-training do not average its noise away, so averaging counts as a gain only where measured.
 */
function scaleOf(terms: Terms): number {
  const side = (sign: number) =>
    terms.reduce((sum, { weight }) => sum + (sign * weight > 0 ? weight : 0), 0) ** 2;
  return side(1) + side(-1);
}

export interface Estimate extends MeasuredContrast {
  /** Undefined where neither the noise of seeds nor of images is known. */
  readonly noise: Noise | undefined;
  readonly seedNoise: AppliedSeedNoise;
}

/**
 * An estimate's noise: its own spread over seeds shrunk towards that of the others of its family, and that of the images.
 *
 * @param prior of seed variances divided by their contrasts' scale
 */
export function withNoise(measured: MeasuredContrast, prior: VariancePrior | undefined): Estimate {
  const { seedVariance, dof, scale, seeds, imageSe } = measured;
  const own = { variance: dof === 0 ? 0 : seedVariance / scale, dof };
  const seed = shrunk(own, prior);
  const seedNoise = dof > 0 ? 'measured' : seed.dof > 0 ? 'borrowed' : 'missing';
  const seedSe = seedNoise === 'missing' ? 0 : Math.sqrt((seed.variance * scale) / seeds.length);
  const isKnown = seedNoise !== 'missing' || imageSe !== undefined;
  return {
    ...measured,
    seedNoise,
    noise: isKnown
      ? { seedSe, dof: seedNoise === 'missing' ? Infinity : seed.dof, imageSe: imageSe ?? 0 }
      : undefined,
  };
}

/** Prior of the seed noise of each contrast of a family, from all of them. */
export function priorOf(measured: readonly MeasuredContrast[]): VariancePrior | undefined {
  const lenders = measured.filter(({ dof }) => dof > 0);
  const samples = lenders.map(({ seedVariance, scale, dof }) => ({ variance: seedVariance / scale, dof }));
  return variancePrior(samples, redundancy(lenders.map(({ terms }) => terms)));
}

/**
 * How much less information contrasts with common cells hold than independent ones: a pooled variance of G contrasts
 * has the degrees of freedom of all divided by Σ ρ² / G, ρ their correlations.
 */
function redundancy(contrasts: readonly Terms[]): number {
  const vectors = contrasts.map((terms) => {
    const weights = new Map<string, number>();
    for (const { levels, weight } of terms) {
      const key = JSON.stringify(levels);
      weights.set(key, (weights.get(key) ?? 0) + weight);
    }
    const norm = Math.sqrt([...weights.values()].reduce((sum, weight) => sum + weight ** 2, 0));
    return new Map([...weights].map(([key, weight]) => [key, weight / norm] as const));
  });
  let sum = 0;
  for (const a of vectors) {
    for (const b of vectors) {
      let correlation = 0;
      for (const [key, weight] of a) correlation += weight * (b.get(key) ?? 0);
      sum += correlation ** 2;
    }
  }
  return vectors.length === 0 ? 1 : Math.max(1, sum / vectors.length);
}
