import type { LeaderboardModel } from '../model/leaderboard';
import { cellId } from '../../core/plan/axes';

/** Most rows whose differences are put in a page: a byte for each pair. */
const MOST_ROWS = 300;
const UNKNOWN = 255;

/**
 * Half-widths of the intervals of all differences between the best rows, so that a page can show whether any two differ
 * significantly: in tenths of an AP point, rounded up, a byte for each pair (0,1), (0,2), …, (1,2), … in the leaderboard's
 * order. The intervals are simultaneous for all pairs. Pairs with a row without resamples have 255.
 */
export function pairWidths({
  rows,
  uncertainty,
}: LeaderboardModel): { count: number; bytes: string } | undefined {
  const { joint } = uncertainty.replicates;
  const ranked = rows.filter(({ rank }) => rank !== undefined).slice(0, MOST_ROWS);
  const count = ranked.length;
  const rankedIndices = new Map(
    ranked.flatMap((row, index) =>
      row.uncertainty === undefined ? [] : [[cellId(row.axes), index] as const],
    ),
  );
  if (rankedIndices.size < 2) return undefined;
  const byReplicate = joint.rows.map((id) => rankedIndices.get(id));
  const bytes = new Uint8Array((count * (count - 1)) / 2).fill(UNKNOWN);
  for (const { first, second, simultaneous } of uncertainty.comparisons.pairs) {
    const [a, b] = [byReplicate[first], byReplicate[second]];
    if (a === undefined || b === undefined) continue;
    const [i, j] = [Math.min(a, b), Math.max(a, b)];
    const tenths = Math.ceil(500 * (simultaneous.high - simultaneous.low) - 1e-9);
    bytes[i * count - (i * (i + 1)) / 2 + j - i - 1] = Math.min(UNKNOWN - 1, tenths);
  }
  return { count, bytes: Buffer.from(bytes).toString('base64') };
}
