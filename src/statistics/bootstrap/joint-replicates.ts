import chiSquared from '@stdlib/stats-base-dists-chisquare-quantile';
import normal from '@stdlib/stats-base-dists-normal-quantile';
import { createRandom, type RandomSource } from '../../contract/random';
import { type AppliedSeedNoise, type JointReplicates, replicatesOf } from './replicates';
import { meanOf, varianceOf } from './intervals';
import { type SeedNoise, seedNoise, type Variance, weakPrior } from './seed-noise';

/** One scored detector: its AP, and AP of B resamples of the validation images, which are the same for all of a set. */
export interface ScoredRun {
  readonly seed: number;
  /** In [0, 1]. */
  readonly score: number;
  /** [B] */
  readonly resamples: Float64Array;
}

export interface ScoredRow {
  readonly id: string;
  /** One for each seed. */
  readonly runs: readonly ScoredRun[];
}

/**
 * Nested bootstrap of rows: images by the resamples, seeds by samples from what their few scores leave possible. Redrawing
 * two or three seeds would come out too narrow (by (S − 1) / S, and without the t distribution's tails), so in replicate
 * b a variance of the seed noise is drawn from its fiducial distribution, df · s² / χ², and the seed noise from a normal
 * of it (Hannig, Iyer and Patterson, "Fiducial generalized confidence intervals", JASA 2006): for one row this is the t
 * interval of its seeds, widened by the images. What resampled images already tell of a seed – that this one detector
 * happens to do well on these images – is subtracted first, so that it is not counted twice.
 *
 * @param known samples of an earlier call, for other scores of the same rows: a row's samples follow from its id
 * @param settled replicates of an earlier call for this score: a row that it has keeps them, so that one number has one
 *   interval whatever rows it is shown with
 * @throws RangeError where the rows' resamples differ in number
 */
export function jointReplicates(
  rows: readonly ScoredRow[],
  known?: StratifiedSamples,
  settled?: JointReplicates,
): JointReplicates {
  const count = rows[0]?.runs[0]?.resamples.length ?? 0;
  const { sorted, estimates, images, withinSeed, meanWithinSeed, noise } = decomposeNoise(rows);
  const replicates = new Float64Array(rows.length * count);
  images.forEach((residual, r) => {
    for (let b = 0; b < count; b++) replicates[r * count + b] = estimates[r]! + residual[b]!;
  });
  if (noise !== undefined) {
    const samples = known?.count === count ? known : new StratifiedSamples(count);
    const shared = samples.order('variance');
    const perSeed = new Map<number, Float64Array>();
    const seedSample = (seed: number) => {
      if (!perSeed.has(seed)) perSeed.set(seed, samples.normal(`seed ${seed}`));
      return perSeed.get(seed)!;
    };
    const ofCommon = samples.variance(noise.common, samples.order('common'));
    sorted.forEach(({ id, runs }, r) => {
      const ofOwn = samples.variance(noise.rows[r]!, noise.alike ? shared : samples.order(`variance ${id}`));
      const z = samples.normal(`row ${id}`);
      const counted = withinSeed[r] ?? meanWithinSeed;
      const ofSeeds = runs.map(({ seed }) => seedSample(seed));
      for (let b = 0; b < count; b++) {
        const variance = Math.max(0, ofOwn[b]! - counted);
        let seeds = 0;
        for (const sample of ofSeeds) seeds += sample[b]!;
        seeds /= ofSeeds.length;
        replicates[r * count + b]! +=
          z[b]! * Math.sqrt(variance / runs.length) + seeds * Math.sqrt(ofCommon[b]!);
      }
    });
  }
  sorted.forEach(({ id }, r) => {
    const earlier = settled?.count === count ? settled.rows.indexOf(id) : -1;
    if (earlier >= 0) replicates.set(replicatesOf(settled!, earlier), r * count);
  });
  const source = (runs: readonly ScoredRun[]): AppliedSeedNoise =>
    noise === undefined ? 'missing' : runs.length > 1 ? 'measured' : 'borrowed';
  return {
    rows: sorted.map(({ id }) => id),
    seeds: sorted.map(({ runs }) => runs.map(({ seed }) => seed)),
    seedNoise: sorted.map(({ runs }) => source(runs)),
    estimates,
    replicates,
    count,
  };
}

export interface NoiseParts {
  /** Runs by seed. */
  readonly sorted: readonly ScoredRow[];
  readonly estimates: Float64Array;
  /** [R][B]: residuals of the mean of a row's runs. */
  readonly images: readonly Float64Array[];
  /** By row: variance between its runs over resamples, the image noise that each seed has for itself; see `meanWithinSeed`. */
  readonly withinSeed: readonly (number | undefined)[];
  /** Mean of the others', for rows with one seed: they have no pair of runs to compare. */
  readonly meanWithinSeed: number;
  /** Undefined where no row has two seeds. */
  readonly noise: SeedNoise | undefined;
}

const decompositions = new WeakMap<readonly ScoredRow[], NoiseParts>();

/** Decomposes the noise of the rows into that of images and of seeds; once for the same rows. */
export function decomposeNoise(rows: readonly ScoredRow[]): NoiseParts {
  const known = decompositions.get(rows) ?? decompose(rows);
  decompositions.set(rows, known);
  return known;
}

function decompose(rows: readonly ScoredRow[]): NoiseParts {
  const count = rows[0]?.runs[0]?.resamples.length ?? 0;
  if (rows.some(({ runs }) => runs.length === 0 || runs.some((run) => run.resamples.length !== count))) {
    throw new RangeError('Every row requires a run, and every run as many resamples.');
  }
  const sorted = rows.map(({ id, runs }) => ({ id, runs: [...runs].sort((a, b) => a.seed - b.seed) }));
  const perRun = sorted.map(({ runs }) => runs.map(residuals));
  const withinSeed = perRun.map(interaction);
  const meanWithinSeed = meanOf(withinSeed.flatMap((value) => value ?? [])) || 0;
  return {
    sorted,
    estimates: Float64Array.from(sorted, ({ runs }) => meanOf(runs.map(({ score }) => score))),
    images: perRun.map((runs) => meanOfRuns(runs, count)),
    withinSeed,
    meanWithinSeed,
    noise: seedNoise(
      sorted.map(({ runs }) => ({
        seeds: runs.map(({ seed }) => seed),
        scores: runs.map(({ score }) => score),
      })),
      weakPrior(meanWithinSeed),
    ),
  };
}

function meanOfRuns(runs: readonly Float64Array[], count: number): Float64Array {
  const means = new Float64Array(count);
  for (const run of runs) for (let b = 0; b < count; b++) means[b]! += run[b]!;
  for (let b = 0; b < count; b++) means[b]! /= runs.length;
  return means;
}

/** Residuals of the resamples about their mean: resampling shifts AP a little, which is no part of the noise. */
export function residuals({ resamples }: Pick<ScoredRun, 'resamples'>): Float64Array {
  let [sum, known] = [0, 0];
  for (const value of resamples) {
    if (Number.isNaN(value)) continue;
    sum += value;
    known++;
  }
  const middle = known === 0 ? 0 : sum / known;
  const residual = new Float64Array(resamples.length);
  for (let b = 0; b < residual.length; b++)
    residual[b] = Number.isNaN(resamples[b]!) ? 0 : resamples[b]! - middle;
  return residual;
}

/** Variance, over resamples, between the runs of a row: the part of the image noise that each seed has for itself. */
export function interaction(runs: readonly Float64Array[]): number | undefined {
  if (runs.length < 2) return undefined;
  const count = runs[0]!.length;
  const values = new Float64Array(runs.length);
  let sum = 0;
  for (let b = 0; b < count; b++) {
    for (let r = 0; r < runs.length; r++) values[r] = runs[r]![b]!;
    sum += varianceOf(values);
  }
  return count === 0 ? 0 : sum / count;
}

/** Samples that cover their distribution evenly (each of B strata once, in random order), so that 1,000 are enough. */
export class StratifiedSamples {
  private readonly random: RandomSource = createRandom('seed noise');
  private readonly strata: readonly number[];
  private readonly normals: Float64Array;
  private readonly variances = new Map<number, Float64Array>();
  private readonly orders = new Map<string, Int32Array>();

  constructor(readonly count: number) {
    this.strata = Array.from({ length: count }, (_, b) => b);
    this.normals = Float64Array.from(this.strata, (b) => normal((b + 0.5) / count, 0, 1));
  }

  /** An order of the strata. */
  order(name: string): Int32Array {
    let order = this.orders.get(name);
    if (order === undefined) {
      this.orders.set(name, (order = Int32Array.from(this.random.fork(name).shuffle(this.strata))));
    }
    return order;
  }

  normal(name: string): Float64Array {
    const order = this.order(name);
    const samples = new Float64Array(order.length);
    for (let b = 0; b < samples.length; b++) samples[b] = this.normals[order[b]!]!;
    return samples;
  }

  /** df · s² / χ² */
  variance({ variance, df }: Variance, order: Int32Array): Float64Array {
    if (variance === 0 || df === 0) return new Float64Array(this.count);
    if (!this.variances.has(df)) {
      this.variances.set(
        df,
        Float64Array.from(this.strata, (b) => df / chiSquared((b + 0.5) / this.count, df)),
      );
    }
    const factors = this.variances.get(df)!;
    const samples = new Float64Array(order.length);
    for (let b = 0; b < samples.length; b++) samples[b] = variance * factors[order[b]!]!;
    return samples;
  }
}
