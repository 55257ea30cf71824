import { groups } from 'd3-array';
import type { LeaderboardModel } from '../model/leaderboard';
import { formatScore, formatShare } from '../../core/text/units';
import { trialStatuses } from '../../results/database/records';
import { slug } from '../templates/site-paths';
import { type Cell, type Column, table } from '../templates/table';
import { statusMeanings, statusView } from './status-view';

/** Most cells of one reason that are listed unfolded. */
const mostOpen = 12;

/** Every cell of the matrix: a table of init and strategy by augmentation and fraction, and the list with reasons. */
export function gridView({ trials, benchmark, counts }: LeaderboardModel) {
  const key = (...parts: unknown[]) => JSON.stringify(parts);
  const columns = new Map<string, { augmentation: string; fraction: number }>();
  const rows = new Map<string, { init: string; strategy: string }>();
  const cells = new Map<string, LeaderboardModel['trials'][number][]>();
  for (const trial of trials) {
    const { init, augmentation, strategy, fraction } = trial.record.axes;
    const [row, column] = [key(init, strategy), key(augmentation, fraction)];
    rows.set(row, { init, strategy });
    columns.set(column, { augmentation, fraction });
    cells.set(row + column, [...(cells.get(row + column) ?? []), trial]);
  }
  const view = ({ record }: LeaderboardModel['trials'][number]) => ({
    ...statusView(record.status),
    id: record.id,
    href: `trials/${slug(record.id)}.html`,
    seed: record.axes.seed,
    score: record.status === 'done' ? formatScore(record.metrics?.stats.AP) : '',
    reason: record.reason,
    title: record.reason === undefined ? record.id : `${record.id}: ${record.reason}`,
    code: record.code,
    logFile: record.logFile,
  });
  return {
    title: benchmark.title,
    total: trials.length,
    meanings: trialStatuses.map((status) => ({
      ...statusView(status),
      meaning: statusMeanings[status],
      count: counts[status],
    })),
    table: table({
      title: 'Matrix',
      headingId: 'matrix',
      attributes: { class: 'grid' },
      rows: [...rows.keys()],
      columns: [
        { name: 'Init', isHeader: true, cell: (row) => rows.get(row)!.init },
        { name: 'Strategy', isHeader: true, cell: (row) => rows.get(row)!.strategy },
        ...[...columns].map(([column, { augmentation, fraction }]): Column<string> => ({
          name: augmentation,
          unit: formatShare(fraction),
          isNumber: true,
          partial: 'grid-cell',
          cell: (row) => gridCell((cells.get(row + column) ?? []).map(view)),
        })),
      ],
    }),
    withReason: byReason(trials.filter(({ record }) => record.status !== 'done').map(view)),
  };
}

/** AP of each seed, or its status. */
function gridCell(trials: readonly { status: string; score: string }[]): Cell {
  return {
    text: trials.map(({ score, status }) => score || status).join(' ') || 'not in the matrix',
    view: { trials },
  };
}

/** Cells with the same status and reason form one entry: a broken plugin may affect a hundred. */
function byReason<T extends { status: string; reason?: string; logFile?: string }>(cells: readonly T[]) {
  const order = ['invalid', 'failed', 'skipped', 'stale', 'running', 'planned'];
  return groups(cells, ({ status, reason, logFile }) => JSON.stringify([status, reason, logFile]))
    .map(([, group]) => group)
    .sort((a, b) => order.indexOf(a[0]!.status) - order.indexOf(b[0]!.status))
    .map((group) => ({ ...group[0]!, cells: group, count: group.length, isLong: group.length > mostOpen }));
}
