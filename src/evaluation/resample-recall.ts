import { countTruth } from './accumulate';
import { type MatchRecords } from './match';
import { AREA_RANGES, IOU_THRESHOLDS, MAX_DETECTIONS } from './parameters';

const THRESHOLDS = IOU_THRESHOLDS.length;

/** The detections of a category and area range that are true positives somewhere: recall sees no others. */
interface TruePositives {
  /** Place of the image of each piece of truth that counts. */
  readonly truthImage: Int32Array;
  readonly image: Int32Array;
  /** At how many thresholds. */
  readonly times: Int32Array;
  /** Place among the detections of its image, by falling score. */
  readonly rank: Int32Array;
}

/** Recalls of one resample, each a mean over thresholds and categories, in [0, 1]; NaN where no truth was drawn. */
export interface RecallStats {
  readonly AR1: number;
  readonly AR10: number;
  readonly AR100: number;
  readonly ARs: number;
  readonly ARm: number;
  readonly ARl: number;
  /** [k]: AR100 of each category; the same array at each call. */
  readonly byCategory: Float64Array;
}

/**
 * Recall as the images are drawn anew: what `accumulate` gives with the same weights. Of each image it is known how much
 * it has and how much of that was found, so that a resample only adds up.
 */
export class RecallSums {
  /** [a][k] */
  private readonly found: readonly (readonly TruePositives[])[];
  private readonly byCategory: Float64Array;

  constructor(records: MatchRecords) {
    this.found = AREA_RANGES.map((_, a) => records.categoryIds.map((_, k) => truePositivesOf(records, k, a)));
    this.byCategory = new Float64Array(records.categoryIds.length);
  }

  /** @param weights how often each image was drawn */
  recall(weights: ArrayLike<number>): RecallStats {
    const [all, small, medium, large] = this.found as [
      TruePositives[],
      TruePositives[],
      TruePositives[],
      TruePositives[],
    ];
    const { byCategory } = this;
    const atMost = MAX_DETECTIONS.map((most) => {
      return meanOf(all, (own, k) => (byCategory[k] = share(own, weights, most)));
    });
    const inArea = (area: readonly TruePositives[]) => meanOf(area, (own) => share(own, weights, Infinity));
    return {
      AR1: atMost[0]!,
      AR10: atMost[1]!,
      AR100: atMost[2]!,
      ARs: inArea(small),
      ARm: inArea(medium),
      ARl: inArea(large),
      byCategory,
    };
  }
}

function truePositivesOf(records: MatchRecords, k: number, a: number): TruePositives {
  const { start, image, rank, truthStart, truthImage, truthCounts } = records;
  const truePositive = records.truePositive.subarray(a * records.count, (a + 1) * records.count);
  const places: number[] = [];
  // Without any truth of a range nothing was found in it.
  if (countTruth(records, k, a) > 0) {
    for (let d = start[k]!; d < start[k + 1]!; d++) if (truePositive[d] !== 0) places.push(d);
  }
  const truth: number[] = [];
  for (let n = truthStart[k]!; n < truthStart[k + 1]!; n++) {
    if ((truthCounts[n]! >> a) & 1) truth.push(truthImage[n]!);
  }
  return {
    truthImage: Int32Array.from(truth),
    image: Int32Array.from(places, (d) => image[d]!),
    times: Int32Array.from(places, (d) => bitsSet(truePositive[d]!)),
    rank: Int32Array.from(places, (d) => rank[d]!),
  };
}

function share(
  { truthImage, image, times, rank }: TruePositives,
  weights: ArrayLike<number>,
  most: number,
): number {
  let truth = 0;
  for (let n = 0; n < truthImage.length; n++) truth += weights[truthImage[n]!]!;
  let found = 0;
  for (let d = 0; d < image.length; d++) if (rank[d]! < most) found += times[d]! * weights[image[d]!]!;
  return truth === 0 ? NaN : found / (THRESHOLDS * truth);
}

/** Over the categories of which truth was drawn; NaN without any. */
function meanOf(area: readonly TruePositives[], value: (own: TruePositives, k: number) => number): number {
  let sum = 0;
  let count = 0;
  area.forEach((own, k) => {
    const one = value(own, k);
    if (Number.isNaN(one)) return;
    sum += one;
    count++;
  });
  return count === 0 ? NaN : sum / count;
}

function bitsSet(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
