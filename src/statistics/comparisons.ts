import { type Interval, quantile } from './intervals';
import { CONFIDENCE, type JointReplicates, replicatesOf } from './replicates';

/** Row `first` − row `second`, in AP within [−1, 1]. */
export interface Comparison {
  /** Indices of the rows. */
  readonly first: number;
  readonly second: number;
  readonly difference: number;
  readonly interval: Interval;
  /** Holds together with those of all other pairs. */
  readonly simultaneous: Interval;
  /** Two-sided, of no difference. At least 1 / (B + 1). */
  readonly p: number;
  /** The same, corrected for all pairs: the chance that the largest of them is as large when none exists. */
  readonly adjustedP: number;
}

export interface Comparisons {
  readonly pairs: readonly Comparison[];
  /** Half-width of the simultaneous intervals in units of the single ones'. */
  readonly widening: number;
}

/**
 * Every pair of rows, paired within replicates. Corrected by the distribution of the largest studentised difference over
 * the joint replicates (single-step max-T: Westfall and Young, "Resampling-based multiple testing", 1993; Romano and
 * Wolf, "Exact and approximate stepdown methods for multiple hypothesis testing", JASA 2005), which knows how pairs hang
 * together, unlike Bonferroni's.
 *
 * @param pairs which ones, as indices; default all
 */
export function comparePairs(
  joint: JointReplicates,
  pairs: readonly (readonly [first: number, second: number])[] = allPairs(joint.rows.length),
): Comparisons {
  const { count, estimates } = joint;
  const largest = new Float64Array(count);
  const single = pairs.map(([first, second]) => {
    const [a, b] = [replicatesOf(joint, first), replicatesOf(joint, second)];
    const difference = estimates[first]! - estimates[second]!;
    const away = new Float64Array(count);
    for (let n = 0; n < count; n++) away[n] = Math.abs(a[n]! - b[n]! - difference);
    // Half the width that covers the wanted share: unlike a standard deviation it exists for heavy tails as well.
    const halfWidth = quantile(away.slice().sort(), CONFIDENCE);
    if (halfWidth > 0)
      for (let n = 0; n < count; n++) largest[n] = Math.max(largest[n]!, away[n]! / halfWidth);
    return { first, second, difference, halfWidth, p: shareAtLeast(away, Math.abs(difference)) };
  });
  const widening = pairs.length === 0 ? 1 : Math.max(1, quantile(largest.slice().sort(), CONFIDENCE));
  return {
    widening,
    pairs: single.map(({ halfWidth, ...pair }) => ({
      ...pair,
      interval: around(pair.difference, halfWidth),
      simultaneous: around(pair.difference, widening * halfWidth),
      adjustedP: Math.max(
        pair.p,
        halfWidth > 0 ? shareAtLeast(largest, Math.abs(pair.difference) / halfWidth) : pair.p,
      ),
    })),
  };
}

export function allPairs(rows: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let first = 0; first < rows; first++) {
    for (let second = first + 1; second < rows; second++) pairs.push([first, second]);
  }
  return pairs;
}

const around = (middle: number, halfWidth: number): Interval => ({
  low: middle - halfWidth,
  high: middle + halfWidth,
});

/** Counts the observation itself (Davison and Hinkley, 1997, eq. 4.11): no p-value of 0. */
function shareAtLeast(values: Float64Array, least: number): number {
  let hits = 1;
  for (const value of values) if (value >= least) hits++;
  return hits / (values.length + 1);
}
