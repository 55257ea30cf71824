import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import type { BenchmarkChanges, BeforeAfter, RowChange } from '../model/changes';
import { rowName } from '../model/row-names';
import { formatFlops, formatScore, formatSeconds, noValue } from '../../core/text/units';

/** What the page “What changed” shows, as text. */
export function changesView({ rows, plugins, versions, settings }: BenchmarkChanges, before: string) {
  const count = (kind: RowChange['kind']) => rows.filter((row) => row.kind === kind).length;
  const beyond = rows.filter((row) => row.beyondNoise).length;
  const shown = rows.filter((row) => row.kind !== 'same');
  return {
    before,
    confidence: `${100 * CONFIDENCE}\u202f%`,
    counts: [
      { name: 'new rows', value: count('new') },
      { name: 'gone rows', value: count('gone') },
      { name: 'AP changed beyond noise', value: beyond },
      { name: 'changed otherwise', value: count('changed') - beyond },
      { name: 'as before', value: count('same') },
    ],
    rows: shown.map((row) => {
      const arrow = arrowOf(row.kind);
      return {
        name: rowName(row.axes),
        verdict: verdictOf(row),
        isBeyond: row.beyondNoise,
        AP: arrow(row.AP, formatScore),
        difference: row.difference && signed(row.difference.value),
        interval: row.difference && `${signed(row.difference.low)} … ${signed(row.difference.high)}`,
        rank: arrow(
          { before: rankText(row, 'before'), after: rankText(row, 'after') },
          (value) => value ?? noValue,
        ),
        flops: arrow(row.flops, formatFlops),
        seconds: arrow(row.deviceSeconds, formatSeconds),
        seeds: arrow(row.seeds, String),
        status: arrow(row.status, (value) => value ?? noValue),
      };
    }),
    nothing: shown.length === 0,
    plugins,
    versions,
    settings,
  };
}

function verdictOf({ kind, beyondNoise, difference, AP }: RowChange): string {
  if (kind === 'new' || kind === 'gone') return kind;
  if (difference === undefined) return AP.before === AP.after ? 'AP as before' : 'can’t be compared';
  if (!beyondNoise) return 'within noise';
  return difference.value > 0 ? 'better' : 'worse';
}

function rankText(row: RowChange, side: 'before' | 'after'): string | undefined {
  const interval = row.rankInterval[side];
  if (interval === undefined) return row.rank[side]?.toString();
  return interval.low === interval.high ? String(interval.low) : `${interval.low}–${interval.high}`;
}

/** The one side that there is; one text where both read the same; else `before → after`. */
function arrowOf(kind: RowChange['kind']) {
  return <T>({ before, after }: BeforeAfter<T>, format: (value: T) => string): string => {
    const [from, to] = [format(before), format(after)];
    if (kind === 'new' || kind === 'gone') return kind === 'new' ? to : from;
    return from === to ? to : `${from} → ${to}`;
  };
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${formatScore(Math.abs(value))}`;
}
