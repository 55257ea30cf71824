import { ERROR_TYPES, type ErrorType, type StoredAnalyses } from '../../evaluation';
import { reliabilityPlot } from '../charts/reliability-plot';
import { formatCount, noValue } from '../../core/text/units';

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
    types: ERROR_TYPES.map((type) => ({
      type,
      meaning: errorMeanings[type],
      count: formatCount(counts[type]),
      delta: points(deltaAP[type]),
      bar: Math.max(0, Math.round((1000 * (deltaAP[type] ?? 0)) / most) / 10),
    })),
    falsePositives: points(deltaFalsePositives),
    falseNegatives: points(deltaFalseNegatives),
  };
}

/** A rise of AP50 in points, with its sign. */
function points(value: number | null): string {
  if (value === null) return noValue;
  const text = (100 * Math.abs(value)).toFixed(1);
  return text === '0.0' ? text : `${value < 0 ? '−' : '+'}${text}`;
}

function errorsByCategory(
  { perCategory }: StoredAnalyses['errors'],
  names: Readonly<Record<string, string>>,
) {
  return Object.entries(perCategory).map(([id, counts]) => ({
    name: names[id] ?? `category ${id}`,
    counts: ERROR_TYPES.map((type) => formatCount(counts[type])),
  }));
}

function confusionView(
  { cells, scoreThreshold, iouThreshold }: StoredAnalyses['confusion'],
  names: Readonly<Record<string, string>>,
) {
  const nameOf = (id: number | null, nothing: string) =>
    id === null ? nothing : (names[String(id)] ?? `category ${id}`);
  const ids = [...Object.keys(names).map(Number), null];
  const head = { scoreThreshold: scoreThreshold.toFixed(1), iouThreshold: iouThreshold.toFixed(1) };
  if (ids.length - 1 > mostCategories) {
    const pairs = cells
      .filter(({ truth, detection }) => truth !== null && detection !== null && truth !== detection)
      .sort((a, b) => b.count - a.count)
      .slice(0, mostPairs);
    return {
      ...head,
      pairs: pairs.map(({ truth, detection, count }) => ({
        truth: nameOf(truth, ''),
        detection: nameOf(detection, ''),
        count: formatCount(count),
      })),
    };
  }
  const countOf = (truth: number | null, detection: number | null) =>
    cells.find((cell) => cell.truth === truth && cell.detection === detection)?.count ?? 0;
  return {
    ...head,
    columns: ids.map((id) => nameOf(id, 'not detected')),
    rows: ids.map((truth) => {
      const counts = ids.map((detection) => countOf(truth, detection));
      const all = counts.reduce((sum, count) => sum + count, 0);
      return {
        name: nameOf(truth, 'no object'),
        cells: counts.map((count, column) => ({
          text: count === 0 ? (truth === null && ids[column] === null ? '' : '·') : formatCount(count),
          // Five steps of the row's share: style sheets know no numbers.
          heat: count === 0 ? 0 : Math.max(1, Math.ceil((5 * count) / all)),
          isRight: count > 0 && truth !== null && truth === ids[column],
        })),
      };
    }),
  };
}

async function calibrationView(calibration: NonNullable<StoredAnalyses['calibration']>['all']) {
  const { bins, detections, expectedError, maximumError, brier } = calibration;
  if (detections === 0) return undefined;
  const title = 'Calibration';
  const percent = (value: number | null) => (value === null ? noValue : (100 * value).toFixed(1));
  return {
    wide: await reliabilityPlot(calibration, { title, width: 550, height: 330 }),
    narrow: await reliabilityPlot(calibration, { title, width: 358, height: 280 }),
    expectedError: percent(expectedError),
    maximumError: percent(maximumError),
    brier: brier === null ? noValue : brier.toFixed(3),
    rows: bins.map(({ from, to, detections: count, meanScore, precision }) => ({
      range: `${from.toFixed(1)}–${to.toFixed(1)}`,
      count: formatCount(count),
      meanScore: percent(meanScore),
      precision: percent(precision),
    })),
  };
}
