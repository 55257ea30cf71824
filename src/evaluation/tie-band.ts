import { accumulate } from './accumulate';
import { type MatchRecords } from './match';
import { precisionDefinitions, type ResampledScore, type Stats, summarise } from './summarise';
import { tieExtremes } from './tie-orders';
import { type Detections, type Truth } from './types';

/** [lowest, highest], or null where no truth falls into the slice. */
export type Band = readonly [min: number, max: number] | null;

export interface TieBand extends Record<ResampledScore, Band> {
  /** Whether orders inside images are covered too; not where hundreds of images have rivals of one score. */
  covers: 'all orders' | 'orders among images';
}

/**
 * Bounds of AP over all orders that the detections could have come in, where only the order of equal scores matters.
 *
 * - Among images: at the lower end the false positives of each score enter the curve before the true ones, at the upper end
 *   after them. (Under the tie rule `threshold` this lower end is AP itself: where false positives come first, precision
 *   rises until the score's last true positive, so the interpolated curve is that with one point at its end.)
 * - Inside an image and category: another order may match other truth, or cut other detections at the limit. All orders
 *   of rivals for the same truth are tried, and the most and fewest true and false positives of each score taken.
 *
 * Each threshold and size range takes its own best and worst order, so the ends are bounds and need not be met by any one
 * order. The order of the truth stays as it is.
 */
export function tieBand(
  truth: Truth,
  detections: Detections,
  records: MatchRecords,
  stats: Stats,
  mostOrders?: number,
): TieBand {
  const tied = records.cutTies.length > 0 || hasTies(records);
  const extremes = tied ? tieExtremes(truth, detections, records, mostOrders) : null;
  const { best, worst } =
    extremes === null || extremes === 'too-many' ? { best: records, worst: records } : extremes;
  const knowsLowest = !tied || (best === records && records.tieRule === 'threshold');
  const lowest = knowsLowest ? stats : summarise(accumulate(worst, { ties: 'pessimistic' }));
  const highest = tied ? summarise(accumulate(best, { ties: 'optimistic' })) : stats;
  const bands = precisionDefinitions(records.parameters).map(({ name }) => {
    const [min, max] = [lowest[name as ResampledScore], highest[name as ResampledScore]];
    return [name, min === null || max === null ? null : [min, max]];
  });
  return {
    covers: extremes === 'too-many' ? 'orders among images' : 'all orders',
    ...(Object.fromEntries(bands) as Record<ResampledScore, Band>),
  };
}

function hasTies({ categoryIds, start, score }: MatchRecords): boolean {
  for (let k = 0; k < categoryIds.length; k++) {
    for (let d = start[k]! + 1; d < start[k + 1]!; d++) if (score[d] === score[d - 1]) return true;
  }
  return false;
}
