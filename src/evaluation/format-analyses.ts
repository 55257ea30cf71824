import { table } from '../core/text/text-table';
import { type Analyses, type Confusion } from './analyses';
import { percent } from './format-stats';
import { type CategoryStats } from './summarise';

/** How many rows of long tables are shown; `--json` has all. */
const MOST_ROWS = 12;

type Names = Readonly<Record<string, string>>;

/** The analyses as text tables; the curves as precision at every tenth of recall. */
export function formatAnalyses(analyses: Analyses, names: Names): string {
  const parts: string[][] = [];
  if (analyses.curves !== undefined) parts.push(formatCurves(analyses.curves));
  if (analyses.slices !== undefined) parts.push(...formatSlices(analyses.slices));
  if (analyses.calibration !== undefined) parts.push(formatCalibration(analyses.calibration.all));
  if (analyses.confusion !== undefined) parts.push(formatConfusion(analyses.confusion, names));
  return parts.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function formatCurves({ recall, mean }: NonNullable<Analyses['curves']>): string[] {
  const levels = recall.map((_, level) => level).filter((level) => level % 10 === 0);
  return [
    'Precision at recall, mean over the categories',
    '',
    ...table(
      ['recall', 'IoU .50', 'IoU .75'],
      levels.map((level) => [
        percent(recall[level]!),
        percent(mean['0.50'][level]!),
        percent(mean['0.75'][level]!),
      ]),
    ),
  ];
}

function formatSlices({ size, crowding, categoryGroups }: NonNullable<Analyses['slices']>): string[][] {
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
      ...table(
        ['objects', 'images', 'AP', 'AP50', 'AR100'],
        crowding.map(({ name, images, stats }) => [name, String(images), ...three(stats)]),
      ),
    ],
    [
      'By group of categories',
      '',
      ...table(
        ['group', 'AP', 'AP50', 'AR100'],
        Object.entries(categoryGroups).map(([name, stats]) => [name, ...three(stats)]),
      ),
    ],
  ];
}

function three({ AP, AP50, AR100 }: CategoryStats): string[] {
  return [percent(AP), percent(AP50), percent(AR100)];
}

function formatCalibration(all: NonNullable<Analyses['calibration']>['all']): string[] {
  const { expectedError, maximumError, brier, bins } = all;
  return [
    `Calibration at IoU .50: expected error ${percent(expectedError)}, largest ${percent(maximumError)}, ` +
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
    `Confusions at score ≥ ${scoreThreshold}, IoU ≥ ${iouThreshold}: ${right} objects found as what they are`,
    '',
    ...table(
      ['truth', 'taken for', 'count'],
      mistakes
        .slice(0, MOST_ROWS)
        .map(({ truth, detection, count }) => [name(truth), name(detection), String(count)]),
    ),
    ...(mistakes.length > MOST_ROWS ? [`… and ${mistakes.length - MOST_ROWS} more pairs (--json)`] : []),
  ];
}
