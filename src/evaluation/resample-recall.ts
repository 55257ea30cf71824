import { countTruth } from './accumulate';
import { type MatchRecords } from './match';
import { type ScoreDefinition, scoreDefinitions } from './summarise';

/** The detections of a category and area range that are true positives somewhere: recall sees no others. */
interface TruePositives {
  /** Index of the image of each piece of truth that counts. */
  readonly truthImage: Int32Array;
  readonly image: Int32Array;
  /** At how many thresholds. */
  readonly times: Int32Array;
  /** Rank among the detections of its image, by falling score. */
  readonly rank: Int32Array;
}

/**
 * Recall over resampled images: what `accumulate` gives with the same weights. Of each image it is known how much
 * it has and how much of that was found, so that a resample only adds up.
 */
export class RecallSums {
  readonly definitions: readonly ScoreDefinition[];
  /** [k]: recall of each category in the last resample, at the largest limit of detections. */
  readonly byCategory: Float64Array;
  /** [a][k] */
  private readonly found: readonly (readonly TruePositives[])[];

  constructor(private readonly records: MatchRecords) {
    const { parameters, categoryIds } = records;
    this.definitions = scoreDefinitions(parameters).filter(({ of }) => of === 'recall');
    this.found = parameters.areaRanges.map((_, a) =>
      categoryIds.map((_, k) => truePositivesOf(records, k, a)),
    );
    this.byCategory = new Float64Array(categoryIds.length);
  }

  /**
   * @param weights how often each image was drawn
   * @returns in the order of `definitions`, means over thresholds and categories; NaN where no truth was drawn
   */
  recall(weights: ArrayLike<number>): number[] {
    const { iouThresholds, maxDetections } = this.records.parameters;
    return this.definitions.map(({ area, limit }) =>
      meanOf(this.found[area]!, (own, k) => {
        const value = share(own, weights, maxDetections[limit]!, iouThresholds.length);
        if (area === 0) this.byCategory[k] = value;
        return value;
      }),
    );
  }
}

function truePositivesOf(records: MatchRecords, k: number, a: number): TruePositives {
  const { start, image, rank, truthStart, truthImage, truthCounts } = records;
  const truePositive = records.truePositive.subarray(a * records.count, (a + 1) * records.count);
  const hits: number[] = [];
  // Without any truth of a range nothing was found in it.
  if (countTruth(records, k, a) > 0) {
    for (let d = start[k]!; d < start[k + 1]!; d++) if (truePositive[d] !== 0) hits.push(d);
  }
  const truth: number[] = [];
  for (let n = truthStart[k]!; n < truthStart[k + 1]!; n++) {
    if ((truthCounts[n]! >> a) & 1) truth.push(truthImage[n]!);
  }
  return {
    truthImage: Int32Array.from(truth),
    image: Int32Array.from(hits, (d) => image[d]!),
    times: Int32Array.from(hits, (d) => bitsSet(truePositive[d]!)),
    rank: Int32Array.from(hits, (d) => rank[d]!),
  };
}

function share(
  { truthImage, image, times, rank }: TruePositives,
  weights: ArrayLike<number>,
  most: number,
  thresholds: number,
): number {
  let truth = 0;
  for (let n = 0; n < truthImage.length; n++) truth += weights[truthImage[n]!]!;
  let found = 0;
  for (let d = 0; d < image.length; d++) if (rank[d]! < most) found += times[d]! * weights[image[d]!]!;
  return truth === 0 ? NaN : found / (thresholds * truth);
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
