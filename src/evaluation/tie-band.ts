import { accumulate } from './accumulate';
import { type MatchRecords } from './match';
import { type Stats, summarise } from './summarise';

/** [lowest, highest], or null where no truth falls into the slice. */
export type Band = readonly [min: number, max: number] | null;

export type TieBand = Record<'AP' | 'AP50' | 'AP75' | 'APs' | 'APm' | 'APl', Band>;

/**
 * Within which bounds AP lies, whatever the order in which equal scores of a category enter the precision-recall curve:
 * at the lower end false positives come first in every tie, at the upper end true positives, at each threshold. Matches
 * are those of the records.
 *
 * Under the tie rule `threshold` the lower end is AP itself: where false positives come first, precision rises until
 * the tie's last true positive, so the interpolated curve is that with one point at the tie's end.
 */
export function tieBand(records: MatchRecords, stats: Stats): TieBand {
  const tied = hasTies(records);
  const lowest =
    tied && records.tieRule !== 'threshold' ? summarise(accumulate(records, { ties: 'pessimistic' })) : stats;
  const highest = tied ? summarise(accumulate(records, { ties: 'optimistic' })) : stats;
  const band = (name: keyof TieBand): Band => {
    const [min, max] = [lowest[name], highest[name]];
    return min === null || max === null ? null : [min, max];
  };
  return {
    AP: band('AP'),
    AP50: band('AP50'),
    AP75: band('AP75'),
    APs: band('APs'),
    APm: band('APm'),
    APl: band('APl'),
  };
}

function hasTies({ categoryIds, start, score }: MatchRecords): boolean {
  for (let k = 0; k < categoryIds.length; k++) {
    for (let d = start[k]! + 1; d < start[k + 1]!; d++) if (score[d] === score[d - 1]) return true;
  }
  return false;
}
