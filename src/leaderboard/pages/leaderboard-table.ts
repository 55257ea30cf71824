import { strategyName } from '../../core/plan/axes';
import { createHash } from 'node:crypto';
import { type ColumnUnit, formatScore, formatShare, noValue } from '../../core/text/units';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import { type LeaderboardModel, type LeaderboardRow, scoreColumns } from '../model/leaderboard';
import { lastImprovement } from '../model/plateau';
import { rowName } from '../model/row-names';
import { slug } from '../templates/site-paths';
import { type Cell, type Column, type Table, table } from '../templates/table';
import { intervalText, percent } from './cells';
import { costCell } from './cost-view';
import { pairWidths } from './pair-widths';
import { statusView } from './status-view';
import { cellId } from '../../core/plan/axes';

type ScoreColumn = (typeof scoreColumns)[number];

const scoreTitles: Readonly<Record<ScoreColumn, string>> = {
  AP: 'mean over IoU .50:.95',
  AP50: 'at IoU .50',
  AP75: 'at IoU .75',
  APs: 'small objects: area up to 32² pixels',
  APm: 'medium objects: area from 32² to 96² pixels',
  APl: 'large objects: area from 96² pixels',
};
const scoreNames: Readonly<Record<ScoreColumn, string>> = {
  AP: 'AP',
  AP50: 'AP50',
  AP75: 'AP75',
  APs: 'S',
  APm: 'M',
  APl: 'L',
};

export const CONFIDENCE_TEXT = `${100 * CONFIDENCE}\u202f%`;

/** All rows, ranked ones first. Scripts find columns by `data-col`. */
export function leaderboardTable(model: LeaderboardModel, flops: ColumnUnit): Table {
  const widths = pairWidths(model);
  const severalSeeds = model.rows.some((row) => row.trials.length > 1);
  return table({
    title: 'All rows',
    headingId: 'table-title',
    attributes: {
      id: 'leaderboard',
      class: 'leaderboard',
      'aria-describedby': 'table-note',
      'data-sortable': 'by',
      'data-pairs': widths?.bytes,
      'data-paired': widths?.count,
    },
    rows: model.rows,
    rowAttributes: (row, index) => ({
      'data-row': index,
      id: `r-${createHash('sha256').update(cellId(row.axes)).digest('hex').slice(0, 6)}`,
      'data-name': rowName(row.axes),
      class: row.rank === undefined ? 'unranked' : row.fronts.includes('full-flops') ? 'on-front' : undefined,
    }),
    columns: [
      ...axisColumns(severalSeeds),
      ...scoreColumns.map(scoreColumn),
      ...costColumns(flops),
      {
        name: 'Status',
        sort: 'up',
        data: { col: 'status' },
        partial: 'status',
        cell: (row) => ({
          text: statusText(row),
          sort: row.status,
          title: row.trials.find(({ record }) => record.reason !== undefined)?.record.reason,
          view: { ...statusView(row.status), text: statusText(row) },
        }),
      },
    ],
  });
}

/** Columns that a reader may hide: all but rank and init. */
export function columnChoices(severalSeeds: boolean) {
  return [
    { id: 'augmentation', name: 'Augmentation' },
    { id: 'strategy', name: 'Strategy' },
    { id: 'fraction', name: 'Labelled' },
    ...(severalSeeds ? [{ id: 'seeds', name: 'Seeds' }] : []),
    ...scoreColumns.map((column) => ({ id: column, name: scoreNames[column] })),
    { id: 'cost', name: 'Cost' },
    { id: 'value', name: 'Value' },
    { id: 'front', name: 'On front' },
    { id: 'status', name: 'Status' },
  ];
}

function axisColumns(severalSeeds: boolean): Column<LeaderboardRow>[] {
  return [
    {
      name: '#',
      isNumber: true,
      sort: 'up',
      data: { col: 'rank' },
      title: 'by AP; below it the ranks that the row may have',
      className: 'rank',
      cell: rankCell,
    },
    {
      name: 'Init',
      isHeader: true,
      sort: 'up',
      data: { col: 'init' },
      partial: 'leaderboard-init',
      cell: ({ axes, trials }) => ({
        text: axes.init,
        sort: axes.init,
        view: {
          ...axes,
          fraction: formatShare(axes.fraction),
          name: rowName(axes),
          href: `trials/${slug(trials[0]!.record.id)}.html`,
        },
      }),
    },
    {
      name: 'Augmentation',
      className: 'far',
      sort: 'up',
      data: { col: 'augmentation' },
      cell: ({ axes }) => axes.augmentation,
    },
    { name: 'Strategy', className: 'far', sort: 'up', data: { col: 'strategy' }, cell: strategyCell },
    {
      name: 'Labelled',
      className: 'far',
      isNumber: true,
      sort: 'up',
      data: { col: 'fraction' },
      cell: ({ axes: { fraction } }) => ({ text: formatShare(fraction), value: fraction, sort: fraction }),
    },
    ...(severalSeeds ? [seedsColumn] : []),
  ];
}

function rankCell({ rank, uncertainty }: LeaderboardRow): Cell {
  const interval = uncertainty?.rank;
  return {
    text: String(rank ?? noValue),
    sort: rank ?? '',
    hasFrontMark: true,
    ...(interval && {
      notes: [interval.low === interval.high ? String(interval.low) : `${interval.low}–${interval.high}`],
      values: { '# low': interval.low, '# high': interval.high },
    }),
  };
}

function strategyCell({ axes, control, gain, done, isOracle }: LeaderboardRow): Cell {
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${formatScore(Math.abs(value))}`;
  const range = gain?.AP && gain.interval;
  return {
    text: strategyName(axes),
    sort: strategyName(axes),
    notes: [
      isOracle && 'not attainable: the pool’s hidden labels',
      control && `control of ${control.of.map(strategyName).join(', ')}`,
      gain?.AP
        ? { text: `${signed(gain.AP.mean)} over its control`, title: strategyName(gain.control) }
        : undefined,
      range ? `${signed(range.low)} … ${signed(range.high)}` : undefined,
      improvingNote(done),
    ],
    values: {
      ...(control && { 'control of': control.of.map(strategyName).join(', ') }),
      ...(gain?.AP && { 'AP over control': 100 * gain.AP.mean }),
      ...(range && { 'AP over control low': 100 * range.low, 'AP over control high': 100 * range.high }),
    },
  };
}

/** Set where trainings of the row's detectors ended before AP was flat. */
function improvingNote(done: LeaderboardRow['done']) {
  const rising = done.filter(({ record }) => lastImprovement(record)?.verdict === 'rising').length;
  if (rising === 0) return undefined;
  return {
    text: done.length === 1 ? 'still rising' : `still rising: ${rising} of ${done.length} seeds`,
    title: 'AP rose by more than its noise between the last two points of the training',
  };
}

const seedsColumn: Column<LeaderboardRow> = {
  name: 'Seeds',
  className: 'seeds far',
  data: { col: 'seeds' },
  partial: 'leaderboard-seeds',
  cell: ({ trials }) => ({
    text: trials.map(({ record }) => record.axes.seed).join(' '),
    view: {
      seeds: trials.map(({ record }) => ({
        seed: record.axes.seed,
        href: `trials/${slug(record.id)}.html`,
        isDone: record.status === 'done',
        score: record.metrics ? `AP ${formatScore(record.metrics.stats.AP)}` : '',
        ...statusView(record.status),
      })),
    },
  }),
};

function scoreColumn(column: ScoreColumn): Column<LeaderboardRow> {
  return {
    name: scoreNames[column],
    isNumber: true,
    sort: 'down',
    data: { col: column },
    title: scoreTitles[column],
    ...(column === 'AP' && { className: 'main' }),
    cell: (row) => {
      const mean = row.scores[column]?.mean;
      const interval = row.uncertainty?.intervals[column];
      const name = scoreNames[column];
      return {
        text: formatScore(mean),
        value: percent(mean),
        sort: mean === undefined ? '' : Number(mean.toFixed(5)),
        title: scoreTitle(row, column) || undefined,
        ...(column === 'AP' && { notes: [intervalText(interval)] }),
        ...(interval && {
          values: { [`${name} low`]: 100 * interval.low, [`${name} high`]: 100 * interval.high },
        }),
      };
    },
  };
}

function scoreTitle({ uncertainty, scores }: LeaderboardRow, column: ScoreColumn): string {
  const interval = intervalText(uncertainty?.intervals[column]);
  const spread = scores[column];
  const seeds =
    spread !== null && spread.count > 1
      ? `, ${spread.count} seeds from ${formatScore(spread.min)} to ${formatScore(spread.max)}`
      : '';
  return interval === '' ? seeds.slice(2) : `${CONFIDENCE_TEXT} interval ${interval}${seeds}`;
}

/** The usual costing; scripts replace it by another one from the table of costs. */
function costColumns(flops: ColumnUnit): Column<LeaderboardRow>[] {
  const costOf = (row: LeaderboardRow) => costCell(row, 'full', 'flops', flops);
  return [
    {
      name: 'Cost',
      unit: `full, ${flops.label}`,
      unitId: 'cost-unit',
      valueUnit: 'full, FLOP',
      isNumber: true,
      sort: 'up',
      data: { col: 'cost' },
      cell: (row) => {
        const { text, value, sort, range, bounds } = costOf(row);
        return { text, value, sort, notes: [range], values: bounds, dagger: row.declaredShare > 0 };
      },
    },
    {
      name: 'Value',
      isNumber: true,
      sort: 'up',
      data: { col: 'value' },
      title: 'rank by AP per cost',
      cell: (row) => ({ text: String(costOf(row).rank || noValue), sort: costOf(row).rank }),
    },
    {
      name: 'On front',
      isNumber: true,
      sort: 'down',
      data: { col: 'front' },
      title: 'probability of being on the Pareto front',
      cell: (row) => {
        const { share, shareValue, onFront } = costOf(row);
        return {
          text: share || noValue,
          value: shareValue === '' ? null : shareValue,
          sort: shareValue,
          ...(onFront && { hiddenText: 'on the front', values: { 'is on front': 'yes' } }),
        };
      },
    },
  ];
}

function statusText(row: LeaderboardRow): string {
  const isSame = row.trials.every(({ record }) => record.status === row.status);
  return isSame ? row.status : `${row.done.length} of ${row.trials.length} done`;
}
