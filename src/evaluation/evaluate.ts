import { accumulate, type Accumulated } from './accumulate';
import { type DetectionOptions, detectionsFrom } from './detections';
import { match, type MatchRecords } from './match';
import { COCO, type EvaluationParameters, type TieRule } from './parameters';
import { type CategoryStats, type Stats, summarise, summariseCategory } from './summarise';
import { type TieBand, tieBand } from './tie-band';
import { truthFrom } from '../core/coco/ground-truth';
import { type CocoDetection, type CocoTruth, type Detections, type Truth, type Warning } from './types';

export interface EvaluateOptions extends DetectionOptions {
  /** Default `threshold`. */
  tieRule?: TieRule;
  /** Default `COCO`. */
  parameters?: EvaluationParameters;
}

export interface Evaluation {
  tieRule: TieRule;
  stats: Stats;
  /** By category id. */
  perCategory: Record<string, CategoryStats>;
  tieBand: TieBand;
  warnings: Warning[];
  /** To accumulate again with weights; nothing is matched twice. */
  records: MatchRecords;
  accumulated: Accumulated;
}

/**
 * COCO box evaluation.
 *
 * @param truth as COCO JSON or as columns (`truthFrom`, `readAnnotations`)
 * @param detections as COCO JSON or as columns made for the same truth
 * @throws RethinkError as `truthFrom` and `detectionsFrom` do
 */
export function evaluate(
  truth: Truth | CocoTruth,
  detections: Detections | readonly CocoDetection[],
  options: EvaluateOptions = {},
): Evaluation {
  const { tieRule = 'threshold', parameters = COCO } = options;
  const truthColumns = 'annotations' in truth ? truthFrom(truth) : truth;
  const detectionColumns = isList(detections)
    ? detectionsFrom(detections, truthColumns, options)
    : detections;
  const records = match(truthColumns, detectionColumns, tieRule, parameters);
  const accumulated = accumulate(records);
  const stats = summarise(accumulated);
  return {
    tieRule,
    stats,
    perCategory: Object.fromEntries(
      records.categoryIds.map((id, k) => [String(id), summariseCategory(accumulated, k)]),
    ),
    tieBand: tieBand(truthColumns, detectionColumns, records, stats),
    warnings: [...truthColumns.warnings, ...detectionColumns.warnings, ...cutWarning(records)],
    records,
    accumulated,
  };
}

function cutWarning({ cut, parameters }: MatchRecords): Warning[] {
  if (cut === 0) return [];
  const message = `Detections were cut: only the ${parameters.maxDetections.at(-1)!} best of each image and category count.`;
  return [{ code: 'DETECTIONS_CUT', message, count: cut }];
}

function isList(detections: Detections | readonly CocoDetection[]): detections is readonly CocoDetection[] {
  return Array.isArray(detections);
}
