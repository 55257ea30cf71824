import { type DetectionOptions } from './detections';
import { type ErrorAnalysis, errorTypes } from './error-types';
import { evaluate, type EvaluateOptions, type Evaluation } from './evaluate';
import { readAnnotations } from '../core/coco/read-annotations';
import type { ErrorSummary, EvaluationReport } from './metrics-file';
import { readDetections } from './read-detections';
import { type Detections, type Truth } from './types';

export interface EvaluateFilesOptions extends EvaluateOptions, DetectionOptions {
  /** Path of a COCO annotation file. */
  annotations: string;
  /** Path of a COCO detections file. */
  detections: string;
  /** Sort the errors into types as well; default false. */
  errors?: boolean;
}

/**
 * From two files to the twelve numbers.
 *
 * @throws RethinkError with file and place, see `readAnnotations` and `readDetections`
 */
export function evaluateFiles(options: EvaluateFilesOptions): EvaluationReport {
  const truth = readAnnotations(options.annotations);
  const detections = readDetections(options.detections, truth, options);
  return describeEvaluation(truth, detections, evaluate(truth, detections, options), options);
}

/** What is shown of an evaluation. */
export function describeEvaluation(
  truth: Truth,
  detections: Detections,
  { stats, perCategory, tieRule, tieBand, warnings }: Evaluation,
  options: Pick<EvaluateFilesOptions, 'errors'> = {},
): EvaluationReport {
  return {
    stats,
    perCategory,
    tieRule,
    tieBand,
    counts: {
      images: truth.images.length,
      annotations: truth.count,
      detections: detections.count,
      categories: truth.categories.length,
    },
    categoryNames: Object.fromEntries(
      truth.categories.map((category) => [String(category.id), category.name ?? String(category.id)]),
    ),
    ...(options.errors === true && { errors: errorSummary(errorTypes(truth, detections, tieRule)) }),
    warnings,
  };
}

/** Without the list of single errors: these are as many as there are detections. */
export function errorSummary({ errors: _, ...summary }: ErrorAnalysis): ErrorSummary {
  return summary;
}
