import type { LeaderboardModel } from '../model/leaderboard';

/** Most rows whose differences are put in a page: a byte for each pair. */
export const MOST_PAIRED = 300;
const UNKNOWN = 255;

/**
 * Half-widths of the intervals of all differences between rows, so that a page can show whether any two differ
 * significantly: in tenths of an AP point, rounded up, a byte for each pair (0,1), (0,2), …, (1,2), … in base64. Each
 * interval is that of its pair alone. Pairs with a row without resamples have 255.
 *
 * @param ids of the rows; those beyond the first `MOST_PAIRED` are left out
 */
export function pairWidths({ uncertainty }: LeaderboardModel, ids: readonly string[]): string | undefined {
  const { joint } = uncertainty.replicates;
  const indices = new Map(ids.slice(0, MOST_PAIRED).map((id, index) => [id, index]));
  const count = indices.size;
  const byReplicate = joint.rows.map((id) => indices.get(id));
  if (byReplicate.filter((index) => index !== undefined).length < 2) return undefined;
  const bytes = new Uint8Array((count * (count - 1)) / 2).fill(UNKNOWN);
  for (const { first, second, interval } of uncertainty.comparisons.pairs) {
    const [a, b] = [byReplicate[first], byReplicate[second]];
    if (a === undefined || b === undefined) continue;
    const [i, j] = [Math.min(a, b), Math.max(a, b)];
    const tenths = Math.ceil(500 * (interval.high - interval.low) - 1e-9);
    bytes[i * count - (i * (i + 1)) / 2 + j - i - 1] = Math.min(UNKNOWN - 1, tenths);
  }
  return Buffer.from(bytes).toString('base64');
}
