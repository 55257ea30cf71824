import { type Interval, quantile } from './intervals';
import { CONFIDENCE, type JointReplicates } from './replicates';

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
  /** Of each pair: 1 where `first` is significantly better, −1 where `second` is, 0 where they do not differ significantly. */
  readonly signs: Int8Array;
}

/**
 * Every pair of rows, paired within replicates. Corrected by the distribution of the largest studentised difference over
 * the joint replicates (single-step max-T: Westfall and Young, "Resampling-based multiple testing", 1993; Romano and
 * Wolf, "Exact and approximate stepdown methods for multiple hypothesis testing", JASA 2005), which knows how pairs hang
 * together, unlike Bonferroni's.
 *
 * A thousand rows have half a million pairs: the numbers lie in arrays, and `pairs` are made of them when asked for.
 *
 * @param pairs which ones, as indices; default all
 */
export function comparePairs(
  joint: JointReplicates,
  pairs: readonly (readonly [first: number, second: number])[] | PairList = allPairs(joint.rows.length),
): Comparisons {
  const { first, second } = 'first' in pairs ? pairs : pairList(pairs);
  const { count, estimates, replicates } = joint;
  const total = first.length;
  const [largest, residuals] = [new Float64Array(count), new Float64Array(count)];
  const [halfWidths, ps] = [new Float64Array(total), new Float64Array(total)];
  const quantileOf = new UpperQuantile(count, CONFIDENCE);
  for (let k = 0; k < total; k++) {
    const [a, b] = [first[k]!, second[k]!];
    const difference = estimates[a]! - estimates[b]!;
    const [atA, atB] = [a * count, b * count];
    for (let n = 0; n < count; n++) {
      residuals[n] = Math.abs(replicates[atA + n]! - replicates[atB + n]! - difference);
    }
    // Half the width that covers the wanted share: unlike a standard deviation it exists for heavy tails as well.
    const halfWidth = (halfWidths[k] = quantileOf.of(residuals));
    const least = Math.abs(difference);
    let hits = 1;
    for (let n = 0; n < count; n++) {
      const value = residuals[n]!;
      if (value >= least) hits++;
      if (halfWidth > 0) {
        const studentised = value / halfWidth;
        if (studentised > largest[n]!) largest[n] = studentised;
      }
    }
    ps[k] = hits / (count + 1);
  }
  const sorted = largest.slice().sort();
  const widening = total === 0 ? 1 : Math.max(1, quantile(sorted, CONFIDENCE));
  const signs = new Int8Array(total);
  for (let k = 0; k < total; k++) {
    const difference = estimates[first[k]!]! - estimates[second[k]!]!;
    if (Math.abs(difference) > widening * halfWidths[k]!) signs[k] = Math.sign(difference);
  }
  let known: Comparison[] | undefined;
  const comparison = (k: number): Comparison => {
    const difference = estimates[first[k]!]! - estimates[second[k]!]!;
    const [halfWidth, p] = [halfWidths[k]!, ps[k]!];
    return {
      first: first[k]!,
      second: second[k]!,
      difference,
      interval: around(difference, halfWidth),
      simultaneous: around(difference, widening * halfWidth),
      p,
      adjustedP: Math.max(p, halfWidth > 0 ? shareAtLeast(sorted, Math.abs(difference) / halfWidth) : p),
    };
  };
  return {
    widening,
    signs,
    get pairs() {
      return (known ??= Array.from({ length: total }, (_, k) => comparison(k)));
    },
  };
}

/** Indices of the two rows of each pair. */
export interface PairList {
  readonly first: Int32Array;
  readonly second: Int32Array;
}

function pairList(pairs: readonly (readonly [first: number, second: number])[]): PairList {
  return {
    first: Int32Array.from(pairs, ([first]) => first),
    second: Int32Array.from(pairs, ([, second]) => second),
  };
}

/** (0, 1), (0, 2), …, (1, 2), … */
export function allPairs(rows: number): PairList {
  const total = (rows * (rows - 1)) / 2;
  const [first, second] = [new Int32Array(total), new Int32Array(total)];
  let k = 0;
  for (let a = 0; a < rows; a++) {
    for (let b = a + 1; b < rows; b++) {
      first[k] = a;
      second[k++] = b;
    }
  }
  return { first, second };
}

/** `quantile` of values that are not sorted, for a share near 1: only those above it are kept in order. */
export class UpperQuantile {
  private readonly top: Float64Array;
  private readonly share: number;

  constructor(
    private readonly count: number,
    p: number,
  ) {
    const at = Math.min(count - 1, Math.max(0, p * (count + 1) - 1));
    this.top = new Float64Array(count === 0 ? 0 : count - Math.floor(at));
    this.share = at - Math.floor(at);
  }

  of(values: Float64Array): number {
    const { top, count, share } = this;
    const size = top.length;
    if (size === 0) return NaN;
    top.set(values.subarray(0, size));
    top.sort();
    for (let n = size; n < count; n++) {
      const value = values[n]!;
      if (value <= top[0]!) continue;
      let at = 0;
      while (at + 1 < size && top[at + 1]! < value) {
        top[at] = top[at + 1]!;
        at++;
      }
      top[at] = value;
    }
    return size === 1 ? top[0]! : top[0]! + share * (top[1]! - top[0]!);
  }
}

/** Two APs differ by 1 at most. */
const around = (middle: number, halfWidth: number): Interval => ({
  low: Math.max(-1, middle - halfWidth),
  high: Math.min(1, middle + halfWidth),
});

/** Counts the observation itself (Davison and Hinkley, 1997, eq. 4.11): no p-value of 0. */
function shareAtLeast(sorted: Float64Array, least: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! >= least) high = middle;
    else low = middle + 1;
  }
  return (1 + sorted.length - low) / (sorted.length + 1);
}
