import { table } from '../core/text/text-table';
import { type Analyses } from './analyses';
import { decimal, percent } from './format-stats';
import type { Calibration, Confusion } from './metrics-file';
import { COCO } from './parameters';
import { type CategoryStats } from './summarise';

/** How many rows of long tables are shown; `--json` has all. */
const MOST_ROWS = 12;

type Names = Readonly<Record<string, string>>;

/** The analyses as text tables; the curves as precision at every tenth of recall. */
export function formatAnalyses(analyses: Analyses, names: Names, { iouThresholds } = COCO): string {
  const parts: string[][] = [];
  if (analyses.curves !== undefined) parts.push(formatCurves(analyses.curves));
  if (analyses.slices !== undefined) parts.push(...formatSlices(analyses.slices));
  if (analyses.calibration !== undefined)
    parts.push(formatCalibration(analyses.calibration.all, decimal(iouThresholds[0]!)));
  if (analyses.confusion !== undefined) parts.push(formatConfusion(analyses.confusion, names));
  return parts.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function formatCurves({ recall, mean }: NonNullable<Analyses['curves']>): string[] {
  const levels = recall.map((_, level) => level).filter((level) => level % 10 === 0);
  return [
    'Precision at recall, mean over the categories',
    '',
    ...table(
      ['recall', ...Object.keys(mean).map((iou) => `IoU ${decimal(Number(iou))}`)],
      levels.map((level) => [recall, ...Object.values(mean)].map((values) => percent(values[level]!))),
    ),
  ];
}

function formatSlices({ size, crowding, categoryGroups }: NonNullable<Analyses['slices']>): string[][] {
  const groups = Object.entries(categoryGroups);
  const columns = Object.keys(groups[0]?.[1] ?? {}) as (keyof CategoryStats)[];
  return [
    [
      'By size of the object',
      '',
      ...table(
        ['size', 'objects', 'AP', 'AR'],
        size.map(({ name, objects, AP, AR }) => [name, String(objects), percent(AP), percent(AR)]),
      ),
    ],
    [
      'By objects in the image',
      '',
      ...scoreTable(
        ['objects', 'images'],
        crowding.map(({ name, images, stats }) => [[name, String(images)], stats]),
        columns,
      ),
    ],
    [
      'By group of categories',
      '',
      ...scoreTable(
        ['group'],
        groups.map(([name, stats]) => [[name], stats]),
        columns,
      ),
    ],
  ];
}

function scoreTable(
  header: readonly string[],
  rows: readonly (readonly [string[], CategoryStats])[],
  columns: readonly (keyof CategoryStats)[],
): string[] {
  return table(
    [...header, ...columns],
    rows.map(([cells, stats]) => [...cells, ...columns.map((name) => percent(stats[name]))]),
  );
}

function formatCalibration({ expectedError, maximumError, brier, bins }: Calibration, iou: string): string[] {
  return [
    `Calibration at IoU ${iou}: expected error ${percent(expectedError)}, largest ${percent(maximumError)}, ` +
      `Brier score ${brier === null ? '–' : brier.toFixed(4)}`,
    '',
    ...table(
      ['score from', 'to', 'detections', 'mean score', 'right'],
      bins.map(({ from, to, detections, meanScore, precision }) => [
        from.toFixed(1),
        to.toFixed(1),
        String(detections),
        percent(meanScore),
        percent(precision),
      ]),
    ),
  ];
}

function formatConfusion({ cells, scoreThreshold, iouThreshold }: Confusion, names: Names): string[] {
  const name = (id: number | null): string => (id === null ? '(nothing)' : (names[id] ?? String(id)));
  const mistakes = cells.filter(({ truth, detection }) => truth !== detection);
  const right = cells.reduce((sum, cell) => sum + (cell.truth === cell.detection ? cell.count : 0), 0);
  return [
    `Confusions at score ≥ ${scoreThreshold}, IoU ≥ ${iouThreshold}: ${right} objects found in their category`,
    '',
    ...table(
      ['truth', 'detected as', 'count'],
      mistakes
        .slice(0, MOST_ROWS)
        .map(({ truth, detection, count }) => [name(truth), name(detection), String(count)]),
    ),
    ...(mistakes.length > MOST_ROWS ? [`… and ${mistakes.length - MOST_ROWS} more pairs (--json)`] : []),
  ];
}
