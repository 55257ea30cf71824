import { type MatchRecords } from './match';
import { allThresholds, type EvaluationParameters, RECALL_LEVELS } from './parameters';

/**
 * Which order of equal scores is assumed: that of the records' tie rule, or the one that is best or worst for every
 * threshold: true positives first or last.
 */
export type TieAssumption = 'rule' | 'optimistic' | 'pessimistic';

export interface AccumulateOptions {
  /** A weight ≥ 0 for each image, in the order of `records.imageIds`: how often it was drawn in a bootstrap. Default 1. */
  weights?: ArrayLike<number>;
  /** Indices of the area ranges to accumulate; the others stay NaN. Default all. */
  areas?: readonly number[];
  ties?: TieAssumption;
}

/** T thresholds, K categories, A area ranges, M limits of detections; NaN where a slice has no truth. */
export interface Accumulated {
  readonly parameters: EvaluationParameters;
  readonly categories: number;
  /** 101-point interpolated average precision with the largest M: [a][k][t]. */
  readonly averagePrecision: Float64Array;
  /** Recall with the largest M: [a][k][t]. */
  readonly recall: Float64Array;
  /** Recall in the first area range with each M: [m][k][t]. */
  readonly recallAtMost: Float64Array;
}

/**
 * Average precision and recall of every category, threshold and area range from match records, as pycocotools'
 * `accumulate` with 101 recall levels; images may carry weights (a weighted truth, true or false positive counts by the
 * weight of its image, which equals repeating the image).
 */
export function accumulate(records: MatchRecords, options: AccumulateOptions = {}): Accumulated {
  const { parameters } = records;
  const { areaRanges, maxDetections } = parameters;
  const { weights, ties = 'rule', areas = areaRanges.map((_, a) => a) } = options;
  const thresholds = parameters.iouThresholds.length;
  const categories = records.categoryIds.length;
  const averagePrecision = new Float64Array(areaRanges.length * categories * thresholds).fill(NaN);
  const recall = new Float64Array(averagePrecision.length).fill(NaN);
  const recallAtMost = new Float64Array(maxDetections.length * categories * thresholds).fill(NaN);
  const curve = new CurveBuilder(records, ties, weights);

  for (let k = 0; k < categories; k++) {
    for (const a of areas) {
      const positives = countTruth(records, k, a, weights);
      if (!(positives > 0)) continue;
      curve.build(k, a);
      const at = (a * categories + k) * thresholds;
      for (let t = 0; t < thresholds; t++) {
        averagePrecision[at + t] = curve.averagePrecision(t, positives);
        recall[at + t] = curve.truePositives[t]! / positives;
        if (a !== 0) continue;
        for (let m = 0; m < maxDetections.length; m++) {
          recallAtMost[(m * categories + k) * thresholds + t] =
            curve.foundAtMost[m * thresholds + t]! / positives;
        }
      }
    }
  }
  return { parameters, categories, averagePrecision, recall, recallAtMost };
}

/** Weight of the truth of category k that counts in area range a. */
export function countTruth(records: MatchRecords, k: number, a: number, weights?: ArrayLike<number>): number {
  let positives = 0;
  for (let n = records.truthStart[k]!; n < records.truthStart[k + 1]!; n++) {
    if ((records.truthCounts[n]! >> a) & 1)
      positives += weights === undefined ? 1 : weights[records.truthImage[n]!]!;
  }
  return positives;
}

/**
 * The points of the precision-recall curves of one category and area range, at all thresholds in one pass. Between two
 * true positives precision only falls, so points stand at true positives alone.
 */
class CurveBuilder {
  /** Weight found at each threshold. */
  readonly truePositives: Float64Array;
  /** [m][t]: weight found among the best `maxDetections[m]` of each image. */
  readonly foundAtMost: Float64Array;
  /** Number of points at each threshold. */
  readonly points: Int32Array;
  /** Point i at threshold t at [t · capacity + i]: weight of the true and false positives so far. */
  readonly pointTrue: Float64Array;
  readonly pointFalse: Float64Array;
  /** Most truth in a category: a true positive takes a truth of its own. */
  private readonly capacity: number;
  private readonly falsePositives: Float64Array;

  constructor(
    private readonly records: MatchRecords,
    private readonly ties: TieAssumption,
    private readonly weights: ArrayLike<number> | undefined,
  ) {
    const { parameters, truthStart } = records;
    const thresholds = parameters.iouThresholds.length;
    this.capacity = truthStart.reduce(
      (most, start, k) => Math.max(most, (truthStart[k + 1] ?? start) - start),
      0,
    );
    this.truePositives = new Float64Array(thresholds);
    this.falsePositives = new Float64Array(thresholds);
    this.foundAtMost = new Float64Array(parameters.maxDetections.length * thresholds);
    this.points = new Int32Array(thresholds);
    this.pointTrue = new Float64Array(thresholds * this.capacity);
    this.pointFalse = new Float64Array(thresholds * this.capacity);
  }

  /** The curves of category k and area range a. */
  build(k: number, a: number): void {
    const { records, ties, weights } = this;
    const { image, score, rank } = records;
    const { maxDetections } = records.parameters;
    const [thresholds, limits] = [records.parameters.iouThresholds.length, maxDetections.length];
    const all = allThresholds(records.parameters);
    const { truePositives, falsePositives, foundAtMost, points, pointTrue, pointFalse, capacity } = this;
    const truePositive = records.truePositive.subarray(a * records.count, (a + 1) * records.count);
    const falsePositive = records.falsePositive.subarray(a * records.count, (a + 1) * records.count);
    truePositives.fill(0);
    falsePositives.fill(0);
    foundAtMost.fill(0);
    points.fill(0);
    // Weight of the false positives at all thresholds: by far the most detections.
    let falseAtAll = 0;
    const inOrder = ties === 'rule' && records.tieRule === 'pycocotools';
    const falseFirst = ties !== 'optimistic';
    const end = records.start[k + 1]!;
    for (let from = records.start[k]!; from < end;) {
      let to = from + 1;
      if (!inOrder) while (to < end && score[to] === score[from]) to++;
      for (let step = 0; step < 2; step++) {
        if ((step === 0) === falseFirst) {
          for (let d = from; d < to; d++) {
            const bits = falsePositive[d]!;
            if (bits === 0) continue;
            const weight = weights === undefined ? 1 : weights[image[d]!]!;
            if (bits === all) falseAtAll += weight;
            else for (let t = 0; t < thresholds; t++) if ((bits >> t) & 1) falsePositives[t]! += weight;
          }
        } else {
          let changed = 0;
          for (let d = from; d < to; d++) {
            const bits = truePositive[d]!;
            if (bits === 0) continue;
            const weight = weights === undefined ? 1 : weights[image[d]!]!;
            if (weight === 0) continue;
            changed |= bits;
            const own = rank[d]!;
            for (let t = 0; t < thresholds; t++) {
              if (((bits >> t) & 1) === 0) continue;
              truePositives[t]! += weight;
              for (let m = limits - 1; m >= 0 && own < maxDetections[m]!; m--) {
                foundAtMost[m * thresholds + t]! += weight;
              }
            }
          }
          for (let t = 0; changed >> t !== 0; t++) {
            if (((changed >> t) & 1) === 0) continue;
            const point = t * capacity + points[t]!++;
            pointTrue[point] = truePositives[t]!;
            pointFalse[point] = falsePositives[t]! + falseAtAll;
          }
        }
      }
      from = to;
    }
  }

  /** Mean over the recall levels of the best precision at that recall or more. */
  averagePrecision(t: number, positives: number): number {
    const { pointTrue, pointFalse } = this;
    const first = t * this.capacity;
    let level = RECALL_LEVELS.length - 1;
    let best = 0;
    let sum = 0;
    for (let point = first + this.points[t]! - 1; point >= first; point--) {
      const found = pointTrue[point]!;
      const recall = found / positives;
      while (level >= 0 && RECALL_LEVELS[level]! > recall) {
        sum += best;
        level--;
      }
      const precision = found / (found + pointFalse[point]!);
      if (precision > best) best = precision;
    }
    return (sum + best * (level + 1)) / RECALL_LEVELS.length;
  }
}
