import normal from '@stdlib/stats-base-dists-normal-quantile';
import type { Interval } from './intervals';
import { CONFIDENCE } from './replicates';

/**
 * Interval of a share of so many that were counted, as far as their number goes.
 *
 * @source Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927
 */
export function shareInterval(counted: number, of: number, confidence = CONFIDENCE): Interval {
  const z = normal((1 + confidence) / 2, 0, 1);
  const share = counted / of;
  const centre = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2))) / (1 + z ** 2 / of);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
