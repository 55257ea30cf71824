import { accumulate, type Accumulated } from './accumulate';
import { type MatchRecords } from './match';
import { precisionRecallInput } from './resample-layout';
import { LANES, SimdPrecision } from './resample-simd';
import { precisionDefinitions, type ResampledScore, scoreOf } from './summarise';

/** How often each image is drawn in resample b, in the order of `records.imageIds`. */
type ImageDraw = (b: number) => Uint16Array;

/** [B] each; NaN where no truth of a resample falls into the slice. */
export type ResampledStats = Readonly<Record<ResampledScore, Float64Array>>;

/**
 * AP of B resamples of the images, each what `accumulate` gives with the same weights, up to rounding. Nothing is matched
 * again: what does not depend on the weights (who is a false positive where, in which order) is laid out once, so that a
 * resample is one pass over the detections down to the last true positive of each category.
 *
 * @param areas indices of area ranges; the numbers of the others are NaN. Default all
 * @param observe gets each resample, without recalls
 */
export function resample(
  records: MatchRecords,
  draw: ImageDraw,
  count: number,
  areas: readonly number[] = records.parameters.areaRanges.map((_, a) => a),
  observe?: (b: number, accumulated: Accumulated) => void,
): ResampledStats {
  const stats = precisionDefinitions(records.parameters).map((score) => ({
    score,
    values: new Float64Array(count).fill(NaN),
  }));
  accumulateResamples(records, draw, count, areas, (b, accumulated) => {
    observe?.(b, accumulated);
    for (const { score, values } of stats) values[b] = scoreOf(accumulated, score) ?? NaN;
  });
  return Object.fromEntries(stats.map(({ score, values }) => [score.name, values])) as ResampledStats;
}

function accumulateResamples(
  records: MatchRecords,
  draw: ImageDraw,
  count: number,
  areas: readonly number[],
  visit: (b: number, accumulated: Accumulated) => void,
): void {
  const { parameters, imageIds, categoryIds } = records;
  const slices = areas.flatMap((a) => categoryIds.map((_, k) => precisionRecallInput(records, k, a)));
  const sweep = SimdPrecision.over(slices, imageIds.length);
  if (sweep === undefined) {
    for (let b = 0; b < count; b++) visit(b, accumulate(records, { weights: draw(b), areas }));
    return;
  }
  const categories = categoryIds.length;
  const thresholds = parameters.iouThresholds.length;
  const none = new Float64Array();
  const accumulated = Array.from({ length: LANES }, (): Accumulated => ({
    parameters,
    categories,
    averagePrecision: new Float64Array(parameters.areaRanges.length * categories * thresholds).fill(NaN),
    recall: none,
    recallAtMost: none,
  }));
  for (let first = 0; first < count; first += LANES) {
    const used = accumulated.slice(0, count - first);
    used.forEach((_, lane) => sweep.setWeights(lane, draw(first + lane)));
    areas.forEach((a, index) => {
      for (let k = 0; k < categories; k++) {
        const swept = sweep.averagePrecision(index * categories + k);
        used.forEach(({ averagePrecision }, lane) =>
          averagePrecision.set(
            swept.subarray(lane * thresholds, (lane + 1) * thresholds),
            (a * categories + k) * thresholds,
          ),
        );
      }
    });
    used.forEach((own, lane) => visit(first + lane, own));
  }
}
