import quantileOfT from '@stdlib/stats-base-dists-t-quantile';
import quantileOfNormal from '@stdlib/stats-base-dists-normal-quantile';
import { createRandom, type RandomSource } from '../../contract';
import { type Interval, quantile } from '../bootstrap/intervals';
import { sustainedCrossing, survivalOf } from './cost-to-target';
import type { CostCurve } from '../../core/cost/curves';

/** Whether a figure is the true value, a lower or an upper bound of it, or unknown. */
export type Relation = 'exact' | 'atLeast' | 'atMost' | 'unknown';

export interface CostRatio {
  /** AP in [0, 1]. */
  readonly target: number;
  readonly relation: Relation;
  /** Mean cost of the first selection ÷ that of the second; a bound according to `relation`; `null` if unknown. */
  readonly ratio: number | null;
  /** `null` with one seed on a side; its ends are 0 or Infinity where censored runs leave them open. */
  readonly interval: Interval | null;
  /** What the interval holds; test-set noise only where the curves bring replicates. */
  readonly noise: readonly ('seeds' | 'images')[];
  /** Whether seeds were paired: both sides have the same ones. */
  readonly paired: boolean;
  readonly first: Reach;
  readonly second: Reach;
}

interface Reach {
  readonly runs: number;
  readonly reached: number;
}

export interface CostRatioOptions {
  /** 0.95 by default. */
  readonly level?: number;
  /** 1,000 by default. */
  readonly resamples?: number;
}

/**
 * How many times the cost of the second selection the first one needs to reach a target AP: `costRatio(random,
 * pretrained, …)` is the speed-up by pre-training.
 *
 * Runs that never reach the target are right-censored at their end: with some on the first side the ratio is `atLeast`,
 * with some on the second `atMost`, with some on both `unknown`, and never a number.
 *
 * The interval is a bootstrap over seeds (in pairs where both sides have the same) and, with replicates, over images; the
 * two are taken as independent factors. Each resample gives bounds, exact or open, and the interval
 * takes quantiles of the lower and of the upper ends. Resampling n seeds shows too little of their spread: its log ratios
 * are stretched by √(n/(n−1)) · t(n−1)/z (Hesterberg 2015, section 5.3), n being the smaller side. Pure; the same input
 * gives the same interval.
 */
export function costRatio(
  first: readonly CostCurve[],
  second: readonly CostCurve[],
  target: number,
  options: CostRatioOptions = {},
): CostRatio {
  const { level = 0.95, resamples = 1000 } = options;
  const [a, b] = [first, second].map((curves) => [...curves].sort((x, y) => x.seed - y.seed)) as [
    CostCurve[],
    CostCurve[],
  ];
  const paired = a.length === b.length && a.every(({ seed }, index) => seed === b[index]!.seed);
  const facts = { target, paired, first: reachOf(a, target), second: reachOf(b, target) };
  const nothing = { ...facts, relation: 'unknown', ratio: null, interval: null, noise: [] } as const;
  if (a.length === 0 || b.length === 0) return nothing;
  const estimate = ratioBounds(meanBounds(a, target), meanBounds(b, target));
  const relation = relationOf(facts.first, facts.second);
  const replicates = replicateCount([...a, ...b]);
  const least = Math.min(a.length, b.length);
  const noise = [...(least > 1 ? ['seeds' as const] : []), ...(replicates > 0 ? ['images' as const] : [])];
  const ratio = { exact: estimate.low, atLeast: estimate.low, atMost: estimate.high, unknown: null }[
    relation
  ];
  if (relation === 'unknown') return nothing;
  if (least < 2) return { ...facts, relation, ratio, interval: null, noise };
  const tail = (1 - level) / 2;

  const random = createRandom(`cost ratio/${target}`);
  const stretch =
    Math.sqrt(least / (least - 1)) * (quantileOfT(1 - tail, least - 1) / quantileOfNormal(1 - tail, 0, 1));
  const [lows, highs] = [new Float64Array(resamples), new Float64Array(resamples)];
  for (let resample = 0; resample < resamples; resample++) {
    const indices = sample(a.length, random);
    const bySeeds = ratioBounds(
      meanBounds(takeAt(a, indices), target),
      meanBounds(takeAt(b, paired ? indices : sample(b.length, random)), target),
    );
    const replicate = replicates > 0 ? random.integer(replicates) : undefined;
    const byImages = ratioBounds(meanBounds(a, target, replicate), meanBounds(b, target, replicate));
    lows[resample] = combined(estimate.low, bySeeds.low, stretch, byImages.low);
    highs[resample] = combined(estimate.high, bySeeds.high, stretch, byImages.high);
  }
  return {
    ...facts,
    relation,
    ratio,
    interval: {
      low: quantile(lows.sort(), tail, 'nearest'),
      high: quantile(highs.sort(), 1 - tail, 'nearest'),
    },
    noise,
  };
}

function reachOf(curves: readonly CostCurve[], target: number): Reach {
  const reached = curves.filter(({ points }) => sustainedCrossing(points, target).reached).length;
  return { runs: curves.length, reached };
}

function relationOf(first: Reach, second: Reach): Relation {
  const isOpen = ({ runs, reached }: Reach) => reached < runs;
  if (isOpen(first)) return isOpen(second) ? 'unknown' : 'atLeast';
  return isOpen(second) ? 'atMost' : 'exact';
}

/** The mean cost of runs: a number where all reached the target, else its restricted mean up to no bound. */
function meanBounds(curves: readonly CostCurve[], target: number, replicate?: number): Interval {
  const crossings = curves.map(({ points }) =>
    replicate === undefined
      ? sustainedCrossing(points, target)
      : sustainedCrossing(points, target, (point) => point.replicates![replicate]!),
  );
  const { restrictedMean } = survivalOf(crossings);
  return {
    low: restrictedMean,
    high: crossings.every(({ reached }) => reached) ? restrictedMean : Infinity,
  };
}

/** 0 ÷ 0 is nothing known: under a marginal policy a selection may have cost nothing. */
function ratioBounds(first: Interval, second: Interval): Interval {
  const low = second.high === Infinity ? 0 : first.low / second.high;
  const high = first.high === Infinity ? Infinity : first.high / second.low;
  return { low: Number.isNaN(low) ? 0 : low, high: Number.isNaN(high) ? Infinity : high };
}

function replicateCount(curves: readonly CostCurve[]): number {
  const counts = curves.flatMap(({ points }) => points.map(({ replicates }) => replicates?.length ?? 0));
  return Math.min(...counts);
}

function sample(count: number, random: RandomSource): number[] {
  return Array.from({ length: count }, () => random.integer(count));
}

function takeAt<T>(items: readonly T[], indices: readonly number[]): T[] {
  return indices.map((index) => items[index]!);
}

/**
 * An estimate moved by what a resample of the seeds and one of the images change, on the logarithmic scale; the seeds'
 * change is stretched. What is open in one of them is open.
 */
function combined(estimate: number, bySeeds: number, stretch: number, byImages: number): number {
  const values = [estimate, bySeeds, byImages];
  if (values.includes(Infinity)) return Infinity;
  if (values.some((value) => value <= 0)) return 0;
  return estimate * (bySeeds / estimate) ** stretch * (byImages / estimate);
}
