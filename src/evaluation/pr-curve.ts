import { countTruth } from './accumulate';
import { type MatchRecords } from './match';
import { RECALL_LEVELS } from './parameters';

export interface PrecisionRecallCurve {
  /** Weight of the truth that counts. */
  positives: number;
  /** One point for each distinct score, falling: precision and recall of the detections with at least that score. */
  score: Float64Array;
  recall: Float64Array;
  precision: Float64Array;
  /** Best precision at that recall or more, at the 101 levels of COCO; AP is its mean. */
  interpolated: Float64Array;
  /** The highest score that gives the interpolated precision; NaN where the recall is never reached. */
  interpolatedScore: Float64Array;
}

export interface CurveOptions {
  /** Index into `IOU_THRESHOLDS`; default 0: IoU .50. */
  threshold?: number;
  /** Index into `AREA_RANGES`; default 0: all sizes. */
  area?: number;
  weights?: ArrayLike<number>;
}

/**
 * The precision-recall curve of the category with index k. Equal scores make one point, whatever the tie rule: no score
 * threshold separates them. Null where the category has no truth in the area range.
 */
export function precisionRecallCurve(
  records: MatchRecords,
  k: number,
  { threshold = 0, area = 0, weights }: CurveOptions = {},
): PrecisionRecallCurve | null {
  const positives = countTruth(records, k, area, weights);
  if (!(positives > 0)) return null;
  const scores: number[] = [];
  const recalls: number[] = [];
  const precisions: number[] = [];
  const base = area * records.count;
  const end = records.start[k + 1]!;
  let found = 0;
  let wrong = 0;
  for (let d = records.start[k]!; d < end; d++) {
    const weight = weights === undefined ? 1 : weights[records.image[d]!]!;
    if ((records.truePositive[base + d]! >> threshold) & 1) found += weight;
    else if ((records.falsePositive[base + d]! >> threshold) & 1) wrong += weight;
    const last = d + 1 === end || records.score[d + 1] !== records.score[d];
    if (!last || found + wrong === 0) continue;
    scores.push(records.score[d]!);
    recalls.push(found / positives);
    precisions.push(found / (found + wrong));
  }

  const interpolated = new Float64Array(RECALL_LEVELS.length);
  const interpolatedScore = new Float64Array(RECALL_LEVELS.length).fill(NaN);
  let level = RECALL_LEVELS.length - 1;
  let best = 0;
  let bestScore = NaN;
  const fillDownTo = (recall: number): void => {
    for (; level >= 0 && RECALL_LEVELS[level]! > recall; level--) {
      interpolated[level] = best;
      interpolatedScore[level] = bestScore;
    }
  };
  for (let point = scores.length - 1; point >= 0; point--) {
    fillDownTo(recalls[point]!);
    if (precisions[point]! >= best) {
      best = precisions[point]!;
      bestScore = scores[point]!;
    }
  }
  fillDownTo(-1);
  return {
    positives,
    score: Float64Array.from(scores),
    recall: Float64Array.from(recalls),
    precision: Float64Array.from(precisions),
    interpolated,
    interpolatedScore,
  };
}
