import { ERROR_TYPES, type ErrorType, type StoredAnalyses } from '../../evaluation';
import { reliabilityPlot } from '../charts/reliability-plot';
import { noValue } from '../../core/text/units';
import { chartOf } from '../charts/chart';
import { type Cell, table } from '../templates/table';
import { countCell, percent as percentOf, scoreCell } from './cells';
import { barColumn } from './trial-scores-view';

/** What each type of TIDE means, in the words of the pages; its full rule is in the evaluation's guide. */
export const errorMeanings: Readonly<Record<ErrorType, string>> = {
  classification: 'on an object (IoU ≥ .5), of another category',
  localisation: 'the right category, badly placed (IoU .1 to .5)',
  both: 'another category, and badly placed',
  duplicate: 'the object was found already, by a better score',
  background: 'on no object at all (IoU ≤ .1)',
  missed: 'objects that nothing found, not even badly',
};

/** Beyond these the matrix is no image any more: the most frequent confusions are listed instead. */
const mostCategories = 16;
const mostPairs = 20;

/** Error types, confusions and calibration of a trial. */
export async function errorView(analyses: StoredAnalyses, names: Readonly<Record<string, string>>) {
  return {
    ...errorTypesView(analyses.errors),
    byCategory: errorsByCategory(analyses.errors, names),
    confusion: confusionView(analyses.confusion, names),
    calibration: analyses.calibration && (await calibrationView(analyses.calibration.all)),
  };
}

function errorTypesView({
  counts,
  deltaAP,
  deltaFalsePositives,
  deltaFalseNegatives,
  AP50,
}: StoredAnalyses['errors']) {
  const most = Math.max(0.01, ...ERROR_TYPES.map((type) => deltaAP[type] ?? 0));
  return {
    AP50: AP50 === null ? noValue : (100 * AP50).toFixed(1),
    types: table({
      title: 'Error types',
      headingId: 'error-types',
      attributes: { class: 'error-types' },
      rows: ERROR_TYPES,
      columns: [
        { name: 'Type', isHeader: true, cell: (type) => ({ text: type, notes: [errorMeanings[type]] }) },
        { name: 'Count', isNumber: true, cell: (type) => countCell(counts[type]) },
        { name: 'AP50', isNumber: true, className: 'main', cell: (type) => pointsCell(deltaAP[type]) },
        barColumn<ErrorType>((type) => (deltaAP[type] ?? 0) / most),
      ],
      footer: [
        ['all false positives', '', pointsCell(deltaFalsePositives), ''],
        ['all false negatives', '', pointsCell(deltaFalseNegatives), ''],
      ],
    }),
  };
}

const pointsCell = (value: number | null): Cell => ({ text: points(value), value: percentOf(value) });

/** A change of AP50 in points, with its sign. */
function points(value: number | null): string {
  if (value === null) return noValue;
  const text = (100 * Math.abs(value)).toFixed(1);
  return text === '0.0' ? text : `${value < 0 ? '−' : '+'}${text}`;
}

function errorsByCategory(
  { perCategory }: StoredAnalyses['errors'],
  names: Readonly<Record<string, string>>,
) {
  type Row = readonly [id: string, counts: Readonly<Record<ErrorType, number>>];
  return table<Row>({
    title: 'Error types by category',
    rows: Object.entries(perCategory),
    columns: [
      { name: 'Category', isHeader: true, cell: ([id]: Row) => names[id] ?? `category ${id}` },
      ...ERROR_TYPES.map((type) => ({
        name: type,
        isNumber: true,
        cell: ([, counts]: Row) => countCell(counts[type]),
      })),
    ],
  });
}

function confusionView(
  { cells, scoreThreshold, iouThreshold }: StoredAnalyses['confusion'],
  names: Readonly<Record<string, string>>,
) {
  const nameOf = (id: number | null, nothing: string) =>
    id === null ? nothing : (names[String(id)] ?? `category ${id}`);
  const ids = [...Object.keys(names).map(Number), null];
  const head = { scoreThreshold: scoreThreshold.toFixed(1), iouThreshold: iouThreshold.toFixed(1) };
  const named = { title: 'Confusions', headingId: 'confusion' };
  if (ids.length - 1 > mostCategories) {
    const pairs = cells
      .filter(({ truth, detection }) => truth !== null && detection !== null && truth !== detection)
      .sort((a, b) => b.count - a.count)
      .slice(0, mostPairs);
    const list = table({
      ...named,
      rows: pairs,
      columns: [
        { name: 'Is', isHeader: true, cell: ({ truth }) => nameOf(truth, '') },
        { name: 'Taken for', cell: ({ detection }) => nameOf(detection, '') },
        { name: 'Times', isNumber: true, cell: ({ count }) => countCell(count) },
      ],
    });
    return { ...head, table: pairs.length === 0 ? undefined : list };
  }
  const countOf = (truth: number | null, detection: number | null) =>
    cells.find((cell) => cell.truth === truth && cell.detection === detection)?.count ?? 0;
  return { ...head, isMatrix: true, table: confusionMatrix(ids, countOf, nameOf, named) };
}

function confusionMatrix(
  ids: readonly (number | null)[],
  countOf: (truth: number | null, detection: number | null) => number,
  nameOf: (id: number | null, nothing: string) => string,
  named: { readonly title: string; readonly headingId: string },
) {
  return table({
    ...named,
    attributes: { class: 'confusion' },
    rows: ids,
    columns: [
      { name: '', isHeader: true, cell: (truth) => nameOf(truth, 'no object') },
      ...ids.map((detection) => ({
        name: nameOf(detection, 'not detected'),
        isNumber: true,
        cell: (truth: number | null): Cell => {
          const count = countOf(truth, detection);
          const all = ids.reduce((sum: number, other) => sum + countOf(truth, other), 0);
          // Five steps of the row's share: style sheets know no numbers.
          const heat = count === 0 ? 0 : Math.max(1, Math.ceil((5 * count) / all));
          const isRight = count > 0 && truth !== null && truth === detection;
          return {
            ...(count === 0 ? { text: truth === null && detection === null ? '' : '·' } : countCell(count)),
            value: truth === null && detection === null ? null : count,
            className: `heat-${heat}${isRight ? ' is-right' : ''}`,
          };
        },
      })),
    ],
  });
}

async function calibrationView(calibration: NonNullable<StoredAnalyses['calibration']>['all']) {
  const { bins, detections, expectedError, maximumError, brier } = calibration;
  if (detections === 0) return undefined;
  const figure = (value: number | null) => (value === null ? noValue : (100 * value).toFixed(1));
  return {
    chart: await chartOf('Calibration', [420, 290], (drawing) => reliabilityPlot(calibration, drawing)),
    expectedError: figure(expectedError),
    maximumError: figure(maximumError),
    brier: brier === null ? noValue : brier.toFixed(3),
    table: table({
      title: 'Calibration',
      rows: bins,
      columns: [
        { name: 'Scores', isHeader: true, cell: ({ from, to }) => `${from.toFixed(1)}–${to.toFixed(1)}` },
        { name: 'Detections', isNumber: true, cell: (bin) => countCell(bin.detections) },
        { name: 'Mean score', isNumber: true, cell: ({ meanScore }) => scoreCell(meanScore) },
        { name: 'Right', isNumber: true, cell: ({ precision }) => scoreCell(precision) },
      ],
    }),
  };
}
