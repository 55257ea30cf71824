import chiSquared from '@stdlib/stats-base-dists-chisquare-quantile';
import normal from '@stdlib/stats-base-dists-normal-quantile';
import { createRandom, type RandomSource } from '../contract/random';
import { type JointReplicates, type SeedNoise as NoiseSource } from './replicates';
import { seedNoise, type Variance } from './seed-noise';

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
 * happens to do well on these pictures – is taken off first, so that it is not counted twice.
 *
 * @throws RangeError where the rows' resamples differ in number
 */
export function jointReplicates(rows: readonly ScoredRow[]): JointReplicates {
  const count = rows[0]?.runs[0]?.resamples.length ?? 0;
  const sorted = rows.map(({ id, runs }) => ({ id, runs: [...runs].sort((a, b) => a.seed - b.seed) }));
  if (
    sorted.some(({ runs }) => runs.length === 0 || runs.some(({ resamples }) => resamples.length !== count))
  ) {
    throw new RangeError('every row wants a run, and every run as many resamples');
  }
  const estimates = Float64Array.from(sorted, ({ runs }) => mean(runs.map(({ score }) => score)));
  const replicates = new Float64Array(rows.length * count);
  const pictures = sorted.map(({ runs }) => runs.map(deviations));
  sorted.forEach(({ runs }, r) => {
    for (let b = 0; b < count; b++) {
      let sum = estimates[r]!;
      for (const run of pictures[r]!) sum += run[b]! / runs.length;
      replicates[r * count + b] = sum;
    }
  });
  const noise = seedNoise(
    sorted.map(({ runs }) => ({
      seeds: runs.map(({ seed }) => seed),
      scores: runs.map(({ score }) => score),
    })),
  );
  if (noise !== undefined) {
    const draws = new StratifiedDraws(count);
    const shared = draws.uniform('variance');
    const perSeed = new Map<number, Float64Array>();
    const seedDraw = (seed: number) => {
      if (!perSeed.has(seed)) perSeed.set(seed, draws.normal(`seed ${seed}`));
      return perSeed.get(seed)!;
    };
    const ofCommon = draws.variance(noise.common, draws.uniform('common'));
    // Rows with one seed have no pair of runs to compare: the mean of the others'.
    const apart = pictures.map(interaction);
    const usual = mean(apart.flatMap((value) => value ?? []));
    sorted.forEach(({ id, runs }, r) => {
      const own = noise.rows[r]!;
      const ofOwn = draws.variance(own, noise.alike ? shared : draws.uniform(`variance ${id}`));
      const z = draws.normal(`row ${id}`);
      for (let b = 0; b < count; b++) {
        const variance = Math.max(0, ofOwn[b]! - (apart[r] ?? usual));
        const common = Math.max(0, (ofCommon[b]! - ofOwn[b]!) / noise.common.rowsEach);
        const seeds = mean(runs.map(({ seed }) => seedDraw(seed)[b]!));
        replicates[r * count + b]! += z[b]! * Math.sqrt(variance / runs.length) + seeds * Math.sqrt(common);
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

/** Deviations of the resamples from their mean: resampling shifts AP a little, which is no part of the noise. */
function deviations({ resamples }: ScoredRun): Float64Array {
  const known = resamples.filter((value) => !Number.isNaN(value));
  const middle = mean(known);
  return resamples.map((value) => (Number.isNaN(value) ? 0 : value - middle));
}

/** Variance, over resamples, between the runs of a row: the part of the image noise that each seed has for itself. */
export function interaction(runs: readonly Float64Array[]): number | undefined {
  if (runs.length < 2) return undefined;
  const count = runs[0]!.length;
  let sum = 0;
  for (let b = 0; b < count; b++) {
    const middle = mean(runs.map((run) => run[b]!));
    for (const run of runs) sum += (run[b]! - middle) ** 2;
  }
  return sum / ((runs.length - 1) * Math.max(1, count));
}

/** Draws that cover their distribution evenly (each of B strata once, in random order), so that 1,000 are enough. */
class StratifiedDraws {
  private readonly random: RandomSource = createRandom('seed noise');
  private readonly strata: readonly number[];
  private readonly normals: Float64Array;
  private readonly variances = new Map<number, Float64Array>();

  constructor(private readonly count: number) {
    this.strata = Array.from({ length: count }, (_, b) => b);
    this.normals = Float64Array.from(this.strata, (b) => normal((b + 0.5) / count, 0, 1));
  }

  /** An order of the strata. */
  uniform(name: string): Int32Array {
    return Int32Array.from(this.random.fork(name).shuffle(this.strata));
  }

  normal(name: string): Float64Array {
    return Float64Array.from(this.uniform(name), (stratum) => this.normals[stratum]!);
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
    return Float64Array.from(order, (stratum) => variance * factors[stratum]!);
  }
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
};
