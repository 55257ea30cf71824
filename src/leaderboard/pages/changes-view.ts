import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import type { BenchmarkChanges, BeforeAfter, RowChange } from '../model/changes';
import { type Cell, table } from '../templates/table';
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
    rows: shown.length === 0 ? undefined : rowsTable(shown),
    plugins:
      plugins.length === 0
        ? undefined
        : table({
            title: 'Plugins',
            headingId: 'plugins',
            rows: plugins,
            columns: [
              { name: 'Kind', cell: ({ kind }) => kind },
              { name: 'Plugin', isHeader: true, cell: ({ name }) => name },
              { name: 'Change', cell: ({ what }) => what },
            ],
          }),
    versions:
      versions.length === 0
        ? undefined
        : table({
            title: 'Versions and machines',
            headingId: 'versions',
            rows: versions,
            columns: [
              { name: 'What', isHeader: true, cell: ({ name }) => name },
              { name: 'Before', className: 'wraps', cell: (each) => each.before },
              { name: 'Now', className: 'wraps', cell: ({ after }) => after },
            ],
          }),
    settings,
  };
}

function rowsTable(shown: readonly RowChange[]) {
  const column = (name: string, cell: (row: RowChange, arrow: ReturnType<typeof arrowOf>) => string) => ({
    name,
    isNumber: true,
    cell: (row: RowChange) => cell(row, arrowOf(row.kind)),
  });
  const orNone = (value: string | undefined) => value ?? noValue;
  return table({
    title: 'Rows',
    headingId: 'rows',
    attributes: { class: 'changes' },
    rows: shown,
    columns: [
      { name: 'Row', isHeader: true, cell: ({ axes }) => rowName(axes) },
      {
        name: 'Change',
        cell: (row) => ({ text: verdictOf(row), className: row.beyondNoise ? 'main' : undefined }),
      },
      column('AP', ({ AP }, arrow) => arrow(AP, formatScore)),
      { name: 'Difference', isNumber: true, cell: differenceCell },
      column('Rank', (row, arrow) =>
        arrow({ before: rankText(row, 'before'), after: rankText(row, 'after') }, orNone),
      ),
      column('Cost, full', ({ flops }, arrow) => arrow(flops, formatFlops)),
      column('Device time', ({ deviceSeconds }, arrow) => arrow(deviceSeconds, formatSeconds)),
      column('Seeds', ({ seeds }, arrow) => arrow(seeds, String)),
      { ...column('Status', ({ status }, arrow) => arrow(status, orNone)), isNumber: false },
    ],
  });
}

function differenceCell({ difference }: RowChange): Cell | string {
  if (difference === undefined) return '';
  const { value, low, high } = difference;
  return {
    text: signed(value),
    value: 100 * value,
    notes: [`${signed(low)} … ${signed(high)}`],
    values: { 'difference low': 100 * low, 'difference high': 100 * high },
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
