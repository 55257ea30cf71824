import quantileOfT from '@stdlib/stats-base-dists-t-quantile';
import { type Interval, varianceOf } from '../bootstrap/intervals';
import { CONFIDENCE } from '../bootstrap/replicates';

/**
 * Interval of a mean cost over seeds: Student's t of the logarithms, so that it stays above zero and is as many times
 * below the mean as above. `null` with one seed, or where a seed cost nothing.
 */
export function costInterval(costs: readonly number[], confidence = CONFIDENCE): Interval | null {
  const count = costs.length;
  if (count < 2 || costs.some((cost) => !(cost > 0))) return null;
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / count;
  const error = Math.sqrt(varianceOf(costs.map(Math.log)) / count);
  const factor = Math.exp(quantileOfT((1 + confidence) / 2, count - 1) * error);
  return { low: mean / factor, high: mean * factor };
}
