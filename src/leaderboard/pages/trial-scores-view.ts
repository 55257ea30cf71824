import type { CategoryStats, Stats } from '../../evaluation/summarise';
import type { TrialRecord } from '../../results/database/records';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import type { ImageIntervals } from '../../evaluation';
import { type Column, table } from '../templates/table';
import { intervalText, scoreCell } from './cells';

interface ScoreRow {
  readonly name: keyof Stats;
  readonly iou: string;
  readonly area: string;
  readonly most: number;
}

const scoreRows: readonly ScoreRow[] = (
  [
    ['AP', '.50:.95', 'all', 100],
    ['AP50', '.50', 'all', 100],
    ['AP75', '.75', 'all', 100],
    ['APs', '.50:.95', 'small', 100],
    ['APm', '.50:.95', 'medium', 100],
    ['APl', '.50:.95', 'large', 100],
    ['AR1', '.50:.95', 'all', 1],
    ['AR10', '.50:.95', 'all', 10],
    ['AR100', '.50:.95', 'all', 100],
    ['ARs', '.50:.95', 'small', 100],
    ['ARm', '.50:.95', 'medium', 100],
    ['ARl', '.50:.95', 'large', 100],
  ] as const
).map(([name, iou, area, most]) => ({ name, iou, area, most }));

/** COCO's twelve numbers of a trial, and its scores by category. */
export function scoresView(metrics: TrialRecord['metrics'], names: Readonly<Record<string, string>>) {
  if (metrics === undefined) return undefined;
  const { intervals } = metrics;
  const columns: Column<ScoreRow>[] = [
    {
      name: 'Score',
      isHeader: true,
      // APl would read as API.
      cell: ({ name, area }) => ({
        text: area === 'all' ? name : `${name.slice(0, 2)} ${area}`,
        value: name,
      }),
    },
    { name: 'IoU', cell: ({ iou }) => iou },
    { name: 'Area', cell: ({ area }) => area },
    { name: 'Detections', isNumber: true, cell: ({ most }) => ({ text: `≤ ${most}`, value: most }) },
    { name: 'Value', isNumber: true, className: 'main', cell: ({ name }) => scoreCell(metrics.stats[name]) },
  ];
  if (intervals !== undefined) {
    columns.push({
      name: `${100 * CONFIDENCE}\u202f% by images`,
      title: 'for these validation images; another seed may differ by more',
      isNumber: true,
      cell: ({ name }) => {
        const interval = intervals.scores[name];
        const { value: _, values } = scoreCell(null, interval, 'Value');
        return { text: intervalText(interval), ...(values && { values }) };
      },
    });
  }
  return {
    table: table({
      title: 'COCO’s twelve numbers, percent',
      headingId: 'twelve',
      columns,
      rows: scoreRows,
    }),
    byCategory: byCategory(metrics, intervals, names),
  };
}

interface CategoryRow {
  readonly id: string;
  readonly name: string;
  readonly scores: CategoryStats;
}

function byCategory(
  { perCategory }: NonNullable<TrialRecord['metrics']>,
  intervals: ImageIntervals | undefined,
  names: Readonly<Record<string, string>>,
) {
  const rows: readonly CategoryRow[] = Object.entries(perCategory)
    .map(([id, scores]) => ({ id, scores, name: names[id] ?? `category ${id}`, order: scores.AP ?? -1 }))
    .sort((a, b) => b.order - a.order || (a.name < b.name ? -1 : 1));
  const column = (score: 'AP' | 'AP50' | 'AR100'): Column<CategoryRow> => ({
    name: score,
    isNumber: true,
    ...(score === 'AP' && { className: 'main' }),
    cell: ({ id, scores }) => scoreCell(scores[score], intervals?.perCategory[id]?.[score], score),
  });
  return table({
    title: 'By category',
    headingId: 'by-category',
    rows,
    columns: [
      { name: 'Category', isHeader: true, cell: ({ name }) => name },
      column('AP'),
      barColumn<CategoryRow>(({ scores }) => scores.AP ?? 0),
      column('AP50'),
      column('AR100'),
    ],
  });
}

/** A bar beside numbers; @param share of the column's width, in [0, 1] */
export function barColumn<Row>(share: (row: Row) => number): Column<Row> {
  return {
    name: '',
    isPageOnly: true,
    className: 'bar',
    partial: 'bar',
    cell: (row) => ({ text: '', view: { width: Math.max(0, Math.round(1000 * share(row)) / 10) } }),
  };
}
