import { sum } from 'd3-array';
import fCdf from '@stdlib/stats-base-dists-f-cdf';
import tCdf from '@stdlib/stats-base-dists-t-cdf';

/** A rerun trial of a bundle. */
export interface Rerun {
  readonly id: string;
  /** AP in [0, 1]. */
  readonly claimed: number;
  readonly found: number;
  /** Whether the stages have the same keys: code, data, engine and settings are the same then. */
  readonly sameStages: boolean;
  /** Full FLOPs. */
  readonly claimedFlops: number;
  readonly foundFlops: number;
  /** AP on resampled images, the same resamples on both sides; absent where a side has none. */
  readonly resamples?: { readonly claimed: Float64Array; readonly found: Float64Array };
}

export interface RerunAgreement {
  /**
   * `identical`: to the last digit. `agrees`: as far apart as two runs of one recipe are. `too good`, `too bad`: the
   * bundle's AP is above, or below, what came out again by more than that. `too close`: nearer than two runs ever come.
   */
  readonly verdict: 'identical' | 'agrees' | 'too good' | 'too bad' | 'too close';
  /** Mean of claimed − found AP. */
  readonly difference: number;
  /** Standard deviation of such a difference of one trial, and its origin. */
  readonly noise: { readonly deviation: number; readonly freedom: number; readonly from: 'seeds' | 'images' };
  /** Two-sided, that the mean difference is zero. */
  readonly p: number;
  /** That differences are as small as these, or smaller. */
  readonly closeness: number;
  /** Trials whose FLOPs are not those that the bundle states, by more than a hundredth. */
  readonly otherCosts: readonly string[];
}

/** Significance level: an honest bundle is suspected once in a hundred times. */
export const SUSPICION = 0.01;

/**
 * Whether rerun trials agree with a bundle. Two runs of one recipe differ like two seeds
 * where engine or machine differ; that noise is measured by the bundle's own seeds, within rows, or where it has one seed
 * only, by how the two detectors differ over resampled images. t test of the mean difference, F test of its size.
 *
 * @param seedScores AP by row, a number for each seed
 */
export function agreementOf(
  reruns: readonly Rerun[],
  seedScores: readonly (readonly number[])[],
): RerunAgreement {
  const n = reruns.length;
  const differences = reruns.map(({ claimed, found }) => claimed - found);
  const difference = mean(differences);
  const noise = noiseOf(reruns, seedScores);
  const otherCosts = reruns
    .filter(({ claimedFlops, foundFlops }) => Math.abs(claimedFlops - foundFlops) > 0.01 * foundFlops)
    .map(({ id }) => id);
  if (differences.every((value) => value === 0)) {
    return { verdict: 'identical', difference, noise, p: 1, closeness: 1, otherCosts };
  }
  const { deviation, freedom } = noise;
  const t = difference / (deviation / Math.sqrt(n));
  const p = 2 * tCdf(-Math.abs(t), freedom);
  const size = mean(differences.map((value) => (value / deviation) ** 2));
  const closeness = fCdf(size, n, freedom);
  const verdict =
    p < SUSPICION
      ? difference > 0
        ? ('too good' as const)
        : ('too bad' as const)
      : closeness < SUSPICION
        ? ('too close' as const)
        : ('agrees' as const);
  return { verdict, difference, noise, p, closeness, otherCosts };
}

/** Degrees of freedom of a deviation that is known exactly. */
const plenty = 1e6;

function noiseOf(
  reruns: readonly Rerun[],
  seedScores: readonly (readonly number[])[],
): RerunAgreement['noise'] {
  const several = seedScores.filter((scores) => scores.length > 1);
  const freedom = sum(several.map((scores) => scores.length - 1));
  const squares = sum(several.map((scores) => sum(scores.map((score) => (score - mean(scores)) ** 2))));
  if (freedom > 0 && squares > 0) {
    return { deviation: Math.sqrt((2 * squares) / freedom), freedom, from: 'seeds' };
  }
  const variances = reruns.flatMap(({ resamples }) =>
    resamples === undefined
      ? []
      : varianceOf(resamples.claimed.map((value, b) => value - resamples.found[b]!)),
  );
  const deviation = Math.sqrt(mean(variances.length === 0 ? [0] : variances));
  // Detectors that differ in nothing but a last digit differ over no image: a hundredth of a point is the least.
  return { deviation: Math.max(deviation, 1e-4), freedom: plenty, from: 'images' };
}

function varianceOf(values: Float64Array): number {
  const known = [...values].filter((value) => !Number.isNaN(value));
  const middle = mean(known);
  return sum(known.map((value) => (value - middle) ** 2)) / Math.max(1, known.length - 1);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
