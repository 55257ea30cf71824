import { accumulate, countTruth } from './accumulate';
import { detectionsFrom } from './detections';
import { match, type MatchRecords } from './match';
import { outcome, selectDetections } from './select';
import { type CategoryStats, summarise, summariseCategory } from './summarise';
import { truthFrom } from '../core/coco/ground-truth';
import { type CocoDetection, type CocoTruth, type Detections, type Truth } from './types';

export interface LabelCounts {
  /** Detections at or above the score threshold, without those that lie on a crowd. */
  labels: number;
  truePositives: number;
  falsePositives: number;
  /** Truth that no label covers. */
  missed: number;
  /** Share of the labels that are right; null without labels. */
  precision: number | null;
  /** Share of the truth that is labelled; null without truth. */
  recall: number | null;
  /** Harmonic mean of precision and recall; null where either is, or both are 0. */
  f1: number | null;
}

export interface LabelQuality extends LabelCounts {
  scoreThreshold: number;
  /** AP of the labels at or above the threshold, ranked by score. */
  AP: number | null;
  AP50: number | null;
  /** By category id. */
  perCategory: Record<string, LabelCounts & CategoryStats>;
}

export const SCORE_THRESHOLDS: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * How good pseudo-labels are, where the hidden truth is known: precision and recall at IoU .50 and AP, by score
 * threshold and category. A label is right when it takes a truth of its category that no better-scored label took; more
 * than 100 labels of a category in an image are cut to the best 100.
 *
 * @throws RethinkError as `truthFrom` and `detectionsFrom` do
 */
export function pseudoLabelQuality(
  truth: Truth | CocoTruth,
  labels: Detections | readonly CocoDetection[],
  scoreThresholds: readonly number[] = SCORE_THRESHOLDS,
): LabelQuality[] {
  const truthColumns = 'annotations' in truth ? truthFrom(truth) : truth;
  const columns = 'count' in labels ? labels : detectionsFrom(labels, truthColumns);
  const records = match(truthColumns, columns, 'threshold');
  return scoreThresholds.map((scoreThreshold) => {
    const kept = selectDetections(records, (d) => records.score[d]! >= scoreThreshold);
    const accumulated = accumulate(kept, { areas: [0] });
    const { AP, AP50 } = summarise(accumulated);
    const counts = kept.categoryIds.map((_, k) => countCategory(kept, k));
    return {
      scoreThreshold,
      ...withRatios(
        counts.reduce((sum, one) => ({
          truePositives: sum.truePositives + one.truePositives,
          falsePositives: sum.falsePositives + one.falsePositives,
          positives: sum.positives + one.positives,
        }), NOTHING),
      ),
      AP,
      AP50,
      perCategory: Object.fromEntries(
        kept.categoryIds.map((id, k) => [
          String(id),
          { ...withRatios(counts[k]!), ...summariseCategory(accumulated, k) },
        ]),
      ),
    };
  }); // prettier-ignore
}

interface Counts {
  truePositives: number;
  falsePositives: number;
  positives: number;
}

const NOTHING: Counts = { truePositives: 0, falsePositives: 0, positives: 0 };

function countCategory(records: MatchRecords, k: number): Counts {
  const counts = { ...NOTHING, positives: countTruth(records, k, 0) };
  for (let d = records.start[k]!; d < records.start[k + 1]!; d++) {
    const is = outcome(records, d);
    if (is === 'true-positive') counts.truePositives++;
    else if (is === 'false-positive') counts.falsePositives++;
  }
  return counts;
}

function withRatios({ truePositives, falsePositives, positives }: Counts): LabelCounts {
  const labels = truePositives + falsePositives;
  const precision = labels === 0 ? null : truePositives / labels;
  const recall = positives === 0 ? null : truePositives / positives;
  const both = (precision ?? 0) + (recall ?? 0);
  return {
    labels,
    truePositives,
    falsePositives,
    missed: positives - truePositives,
    precision,
    recall,
    f1: precision === null || recall === null || both === 0 ? null : (2 * precision * recall) / both,
  };
}
