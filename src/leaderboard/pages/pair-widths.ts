import { rowId } from '../model/benchmark-replicates';
import type { LeaderboardModel } from '../model/leaderboard';

/** Rows whose differences a page can carry: a byte for each pair of them. */
const MOST_ROWS = 300;
const UNKNOWN = 255;

/**
 * Half-widths of the intervals of all differences between the best rows, so that a page can say of any two whether they
 * are apart: in tenths of an AP point, rounded up, a byte for each pair (0,1), (0,2), …, (1,2), … in the board's order.
 * They hold for all pairs together. Rows without resamples have 255.
 */
export function pairWidths({
  rows,
  uncertainty,
}: LeaderboardModel): { count: number; bytes: string } | undefined {
  const { joint } = uncertainty.replicates;
  const ranked = rows.filter(({ rank }) => rank !== undefined).slice(0, MOST_ROWS);
  const count = ranked.length;
  const places = new Map(
    ranked.flatMap((row, index) =>
      row.uncertainty === undefined ? [] : [[rowId(row.axes), index] as const],
    ),
  );
  if (places.size < 2) return undefined;
  const placeOf = joint.rows.map((id) => places.get(id));
  const bytes = new Uint8Array((count * (count - 1)) / 2).fill(UNKNOWN);
  for (const { first, second, simultaneous } of uncertainty.comparisons.pairs) {
    const [a, b] = [placeOf[first], placeOf[second]];
    if (a === undefined || b === undefined) continue;
    const [i, j] = [Math.min(a, b), Math.max(a, b)];
    const tenths = Math.ceil(500 * (simultaneous.high - simultaneous.low) - 1e-9);
    bytes[i * count - (i * (i + 1)) / 2 + j - i - 1] = Math.min(UNKNOWN - 1, tenths);
  }
  return { count, bytes: Buffer.from(bytes).toString('base64') };
}
