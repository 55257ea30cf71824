import { createHash } from 'node:crypto';
import { cellId, strategyName } from '../../core/plan/axes';
import { type ColumnUnit, formatScore, formatShare, noValue } from '../../core/text/units';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import { signed } from '../../statistics/claims/format-claims';
import type { FractionRanking, FractionRow } from '../model/fraction-ranking';
import { type LeaderboardModel, type LeaderboardRow, scoreColumns } from '../model/leaderboard';
import { lastImprovement } from '../model/plateau';
import type { PlainNames } from '../model/plain-names';
import { slug } from '../templates/site-paths';
import { type Column, type Table, table } from '../templates/table';
import { intervalText, percent } from './cells';
import { costCell } from './cost-view';
import { MOST_PAIRED, pairWidths } from './pair-widths';
import { statusView } from './status-view';

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

/** Ids and names of the columns that a reader may hide. */
const columnNames: Readonly<Record<string, string>> = {
  gain: 'Equal compute',
  seeds: 'Seeds',
  ...scoreNames,
  cost: 'Cost',
  front: 'On front',
  status: 'Status',
};

/** All rows by labelled fraction, ranked ones first. Columns that are equal in all rows are left out. */
export function leaderboardTable(
  model: LeaderboardModel,
  rankings: readonly FractionRanking[],
  names: PlainNames,
  flops: ColumnUnit,
): Table {
  const rows = rankings.flatMap((ranking) => ranking.rows);
  const scored = rows.filter(({ rank }) => rank !== undefined);
  const pairIds = scored.map(({ axes }) => cellId(axes));
  const widths = pairWidths(model, pairIds);
  const columns: (Column<FractionRow> | false)[] = [
    rankColumn,
    recipeColumn(names),
    rows.some(({ trials }) => trials.length > 1) && seedsColumn,
    ...scoreColumns.map(
      (column) => rows.some(({ scores }) => scores[column] !== null) && scoreColumn(column),
    ),
    rows.some(({ gain }) => gain?.AP) && gainColumn,
    ...costColumns(flops),
    new Set(rows.map(statusText)).size > 1 && statusColumn,
  ];
  return table({
    title: 'All rows',
    headingId: 'table-title',
    attributes: {
      id: 'leaderboard',
      class: 'leaderboard',
      'aria-describedby': 'table-note',
      'data-sortable': 'by',
      'data-pairs': widths,
      'data-widening': model.uncertainty.comparisons.widening.toFixed(3),
      'data-paired': widths && Math.min(scored.length, MOST_PAIRED),
    },
    rows,
    groupOf: ({ axes }) => `${formatShare(axes.fraction)} of the labels`,
    rowAttributes: (row, index) => ({
      id: rowAnchor(row.axes),
      'data-row': index,
      'data-pair': row.rank === undefined ? undefined : pairIds.indexOf(cellId(row.axes)),
      'data-name': names.row(row),
      'data-status': row.status,
      ...Object.fromEntries(filterAxes.map((axis) => [`data-${axis}`, row.axes[axis]])),
      class: row.rank === undefined ? 'unranked' : row.fronts.includes('full-flops') ? 'on-front' : undefined,
    }),
    columns: columns.filter((column) => column !== false),
  });
}

/** Id of a row on the page. */
export const rowAnchor = (axes: LeaderboardRow['axes']) =>
  `r-${createHash('sha256').update(cellId(axes)).digest('hex').slice(0, 6)}`;

/** Axes that rows are chosen by. */
const filterAxes = ['init', 'augmentation', 'strategy', 'fraction', 'length'] as const;

/** Columns that a reader may hide: all but rank and recipe. */
export function columnChoices({ head }: Table) {
  return head[0]!.flatMap(({ attributes }) => {
    const id = String(attributes['data-col']);
    const name = columnNames[id];
    return name === undefined ? [] : [{ id, name }];
  });
}

const rankColumn: Column<FractionRow> = {
  name: '#',
  isNumber: true,
  sort: 'up',
  data: { col: 'rank' },
  title: 'by AP, among rows with the same labelled fraction; below it the ranks that the row may have',
  className: 'rank',
  cell: ({ rank, rankInterval: interval }) => ({
    text: String(rank ?? noValue),
    sort: rank ?? '',
    hasFrontMark: true,
    ...(interval && {
      notes: [interval.low === interval.high ? String(interval.low) : `${interval.low}–${interval.high}`],
      values: { '# low': interval.low, '# high': interval.high },
    }),
  }),
};

function recipeColumn(names: PlainNames): Column<FractionRow> {
  return {
    name: 'Recipe',
    isHeader: true,
    sort: 'up',
    data: { col: 'recipe' },
    partial: 'recipe',
    cell: (row) => {
      const { axes, control, trials, done, isOracle } = row;
      return {
        text: names.recipe(row),
        sort: names.recipe(row),
        values: {
          ...axes,
          'control of': control?.of.map(strategyName).join(', ') ?? '',
        },
        view: {
          parts: names.parts(row),
          label: names.row(row),
          href: `trials/${slug(trials[0]!.record.id)}.html`,
          notes: [
            isOracle && { text: 'not attainable: the pool’s hidden labels' },
            control && { text: `control of ${control.of.map(strategyName).join(', ')}` },
            improvingNote(done),
          ].filter((note) => typeof note === 'object'),
        },
      };
    },
  };
}

/** What the strategy adds to its control; the interval is simultaneous for all strategies. */
const gainColumn: Column<FractionRow> = {
  name: 'Equal compute',
  isNumber: true,
  sort: 'down',
  data: { col: 'gain' },
  title: 'AP minus that of supervised training with the same compute',
  cell: ({ gain }) => {
    const range = gain?.AP ? gain.interval : undefined;
    return {
      text: gain?.AP ? signed(100 * gain.AP.mean) : noValue,
      value: percent(gain?.AP?.mean),
      sort: gain?.AP?.mean ?? '',
      title: gain && `control: ${strategyName(gain.control)}`,
      notes: [range && `${signed(100 * range.low)} to ${signed(100 * range.high)}`],
      ...(range && { values: { 'gain low': 100 * range.low, 'gain high': 100 * range.high } }),
    };
  },
};

const statusColumn: Column<FractionRow> = {
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
};

/** Set where trainings of the row's detectors ended before AP was flat. */
function improvingNote(done: LeaderboardRow['done']) {
  const rising = done.filter(({ record }) => lastImprovement(record)?.verdict === 'rising').length;
  if (rising === 0) return undefined;
  return {
    text: done.length === 1 ? 'still rising' : `still rising: ${rising} of ${done.length} seeds`,
    title: 'AP rose by more than its noise between the last two checkpoints of the training',
  };
}

const seedsColumn: Column<FractionRow> = {
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

function scoreColumn(column: ScoreColumn): Column<FractionRow> {
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
function costColumns(flops: ColumnUnit): Column<FractionRow>[] {
  const costOf = (row: FractionRow) => costCell(row, 'full', 'flops', flops);
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
      name: 'On front',
      isNumber: true,
      sort: 'down',
      data: { col: 'front' },
      title: 'probability of being on the Pareto front of the fraction, at the mean costs',
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
