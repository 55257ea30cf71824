import chiSquared from '@stdlib/stats-base-dists-chisquare-quantile';
import normal from '@stdlib/stats-base-dists-normal-quantile';
import { createRandom, type RandomSource } from '../../contract/random';
import { type JointReplicates, type SeedNoise as NoiseSource } from './replicates';
import { varianceOf } from './intervals';
import { type SeedNoise, seedNoise, type Variance } from './seed-noise';

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
 * Nested bootstrap of rows: images by the resamples, seeds by draws from what their few scores leave possible. Redrawing
 * two or three seeds would come out too narrow (by (S − 1) / S, and without the t distribution's tails), so in replicate
 * b a variance of the seed noise is drawn from its fiducial distribution, df · s² / χ², and the seed noise from a normal
 * of it (Hannig, Iyer and Patterson, "Fiducial generalized confidence intervals", JASA 2006): for one row this is the t
 * interval of its seeds, widened by the images. What resampled images already tell of a seed – that this one detector
 * happens to do well on these images – is taken off first, so that it is not counted twice.
 *
 * @param known draws of an earlier call, for other scores of the same rows: a row's draws follow from its id
 * @throws RangeError where the rows' resamples differ in number
 */
export function jointReplicates(rows: readonly ScoredRow[], known?: StratifiedDraws): JointReplicates {
  const count = rows[0]?.runs[0]?.resamples.length ?? 0;
  const { sorted, estimates, images, apart, usualApart, noise } = takeApart(rows);
  const replicates = new Float64Array(rows.length * count);
  images.forEach((away, r) => {
    for (let b = 0; b < count; b++) replicates[r * count + b] = estimates[r]! + away[b]!;
  });
  if (noise !== undefined) {
    const draws = known?.count === count ? known : new StratifiedDraws(count);
    const shared = draws.order('variance');
    const perSeed = new Map<number, Float64Array>();
    const seedDraw = (seed: number) => {
      if (!perSeed.has(seed)) perSeed.set(seed, draws.normal(`seed ${seed}`));
      return perSeed.get(seed)!;
    };
    const ofCommon = draws.variance(noise.common, draws.order('common'));
    sorted.forEach(({ id, runs }, r) => {
      const ofOwn = draws.variance(noise.rows[r]!, noise.alike ? shared : draws.order(`variance ${id}`));
      const z = draws.normal(`row ${id}`);
      const counted = apart[r] ?? usualApart;
      const ofSeeds = runs.map(({ seed }) => seedDraw(seed));
      for (let b = 0; b < count; b++) {
        const variance = Math.max(0, ofOwn[b]! - counted);
        let seeds = 0;
        for (const draw of ofSeeds) seeds += draw[b]!;
        seeds /= ofSeeds.length;
        replicates[r * count + b]! +=
          z[b]! * Math.sqrt(variance / runs.length) + seeds * Math.sqrt(ofCommon[b]!);
      }
    });
  }
  const source = (runs: readonly ScoredRun[]): NoiseSource =>
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
  /** [R][B]: how far the mean of a row's runs is off in each resample. */
  readonly images: readonly Float64Array[];
  /** By row: variance between its runs over resamples, the image noise that each seed has for itself; see `usualApart`. */
  readonly apart: readonly (number | undefined)[];
  /** Mean of the others', for rows with one seed: they have no pair of runs to compare. */
  readonly usualApart: number;
  /** Undefined where no row has two seeds. */
  readonly noise: SeedNoise | undefined;
}

const apartOf = new WeakMap<readonly ScoredRow[], NoiseParts>();

/** Splits what is known of the rows into noise of images and of seeds; once for the same rows. */
export function takeApart(rows: readonly ScoredRow[]): NoiseParts {
  const known = apartOf.get(rows) ?? splitNoise(rows);
  apartOf.set(rows, known);
  return known;
}

function splitNoise(rows: readonly ScoredRow[]): NoiseParts {
  const count = rows[0]?.runs[0]?.resamples.length ?? 0;
  if (rows.some(({ runs }) => runs.length === 0 || runs.some((run) => run.resamples.length !== count))) {
    throw new RangeError('every row wants a run, and every run as many resamples');
  }
  const sorted = rows.map(({ id, runs }) => ({ id, runs: [...runs].sort((a, b) => a.seed - b.seed) }));
  const away = sorted.map(({ runs }) => runs.map(deviations));
  const apart = away.map(interaction);
  return {
    sorted,
    estimates: Float64Array.from(sorted, ({ runs }) => mean(runs.map(({ score }) => score))),
    images: away.map((runs) => meanOfRuns(runs, count)),
    apart,
    usualApart: mean(apart.flatMap((value) => value ?? [])),
    noise: seedNoise(
      sorted.map(({ runs }) => ({
        seeds: runs.map(({ seed }) => seed),
        scores: runs.map(({ score }) => score),
      })),
    ),
  };
}

function meanOfRuns(runs: readonly Float64Array[], count: number): Float64Array {
  const means = new Float64Array(count);
  for (const run of runs) for (let b = 0; b < count; b++) means[b]! += run[b]!;
  for (let b = 0; b < count; b++) means[b]! /= runs.length;
  return means;
}

/** Deviations of the resamples from their mean: resampling shifts AP a little, which is no part of the noise. */
export function deviations({ resamples }: Pick<ScoredRun, 'resamples'>): Float64Array {
  let [sum, known] = [0, 0];
  for (const value of resamples) {
    if (Number.isNaN(value)) continue;
    sum += value;
    known++;
  }
  const middle = known === 0 ? 0 : sum / known;
  const away = new Float64Array(resamples.length);
  for (let b = 0; b < away.length; b++) away[b] = Number.isNaN(resamples[b]!) ? 0 : resamples[b]! - middle;
  return away;
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

/** Draws that cover their distribution evenly (each of B strata once, in random order), so that 1,000 are enough. */
export class StratifiedDraws {
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
    const draws = new Float64Array(order.length);
    for (let b = 0; b < draws.length; b++) draws[b] = this.normals[order[b]!]!;
    return draws;
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
    const draws = new Float64Array(order.length);
    for (let b = 0; b < draws.length; b++) draws[b] = variance * factors[order[b]!]!;
    return draws;
  }
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
};
