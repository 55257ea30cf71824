import { type MatchRecords } from './match';
import { AREA_RANGES, IOU_THRESHOLDS } from './parameters';
import { SimdPrecision } from './resample-simd';
import { precisionRecallInput, type PrecisionRecallInput, type ResampledPrecision } from './resample-layout';
import { PlainPrecision } from './resample-plain';
import { summariseAveragePrecision, type PrecisionStats } from './summarise';

const THRESHOLDS = IOU_THRESHOLDS.length;

/** How often each image is drawn in resample b, in the order of `records.imageIds`. */
export type ImageDraw = (b: number) => Uint16Array;

/** [B] each; NaN where no truth of a resample falls into the slice. */
export type ResampledStats = Readonly<Record<keyof PrecisionStats, Float64Array>>;

/**
 * AP of B resamples of the images, each what `accumulate` gives with the same weights, but for rounding. Nothing is matched
 * again: what does not depend on the weights (who is a false positive where, in which order) is laid out once, so that a
 * resample is one pass over the detections down to the last true positive of each category.
 *
 * @param areas indices into `AREA_RANGES`; the numbers of the others are NaN. Default all
 * @param precisionOver default: vectors where the machine has them
 * @param observe gets AP of every area, category and threshold of each resample, as in `Accumulated`
 */
export function resample(
  records: MatchRecords,
  draw: ImageDraw,
  count: number,
  areas: readonly number[] = AREA_RANGES.map((_, a) => a),
  precisionOver: (
    slices: readonly PrecisionRecallInput[],
    images: number,
  ) => ResampledPrecision = fastestPrecision,
  observe?: (b: number, averagePrecision: Float64Array) => void,
): ResampledStats {
  const categories = records.categoryIds.length;
  const slices = areas.flatMap((a) => records.categoryIds.map((_, k) => precisionRecallInput(records, k, a)));
  const sweep = precisionOver(slices, records.imageIds.length);
  const { lanes } = sweep;
  const empty = () => new Float64Array(count).fill(NaN);
  const stats = { AP: empty(), AP50: empty(), AP75: empty(), APs: empty(), APm: empty(), APl: empty() };
  const averagePrecision = Array.from({ length: lanes }, () =>
    new Float64Array(AREA_RANGES.length * categories * THRESHOLDS).fill(NaN),
  );
  for (let first = 0; first < count; first += lanes) {
    const used = averagePrecision.slice(0, count - first);
    used.forEach((_, lane) => sweep.setWeights(lane, draw(first + lane)));
    areas.forEach((a, index) => {
      for (let k = 0; k < categories; k++) {
        const swept = sweep.averagePrecision(index * categories + k);
        used.forEach((own, lane) =>
          own.set(
            swept.subarray(lane * THRESHOLDS, (lane + 1) * THRESHOLDS),
            (a * categories + k) * THRESHOLDS,
          ),
        );
      }
    });
    used.forEach((own, lane) => {
      observe?.(first + lane, own);
      for (const [name, value] of Object.entries(summariseAveragePrecision(own, categories))) {
        if (value !== null) stats[name as keyof PrecisionStats][first + lane] = value;
      }
    });
  }
  return stats;
}

function fastestPrecision(slices: readonly PrecisionRecallInput[], images: number): ResampledPrecision {
  return SimdPrecision.over(slices, images) ?? new PlainPrecision(slices);
}
