import { CONFIDENCE } from './replicates';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Value at share p of n sorted values.
 *
 * @param method `linear`: the (n + 1) p-th, linear between two (type 6 of Hyndman and Fan, "Sample quantiles in
 * statistical packages", 1996): of n bootstrap replicates as many are beyond it as of infinitely many (Davison and
 * Hinkley, 1997, section 5.2.1). `nearest`: the value nearest to the position of type 7, 1 + (n − 1) p, for values of
 * which some are infinite, between which nothing can be interpolated.
 */
export function quantile(sorted: Float64Array, p: number, method: 'linear' | 'nearest' = 'linear'): number {
  if (method === 'nearest') return sorted[Math.round(p * (sorted.length - 1))] ?? NaN;
  const at = Math.min(sorted.length - 1, Math.max(0, p * (sorted.length + 1) - 1));
  const below = Math.floor(at);
  const value = sorted[below] ?? NaN;
  const above = sorted[below + 1];
  return above === undefined ? value : value + (at - below) * (above - value);
}

/** Percentile interval of replicates. */
export function percentileInterval(replicates: Float64Array, confidence = CONFIDENCE): Interval {
  const sorted = replicates.slice().sort();
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** Interval of a score in [0, 1]: that of its replicates, cut to this range. */
export function intervalOf(estimate: number, replicates: Float64Array, confidence = CONFIDENCE): Interval {
  const { low, high } = percentileInterval(replicates, confidence);
  return { low: Math.max(0, Math.min(low, estimate)), high: Math.min(1, Math.max(high, estimate)) };
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** With n − 1; 0 for a single value. */
export function varianceOf(values: ArrayLike<number>): number {
  const n = values.length;
  if (n < 2) return 0;
  const mean = meanOf(values);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2;
  return squares / (n - 1);
}
