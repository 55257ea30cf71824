import { type DetectionOptions } from './detections';
import { type ErrorAnalysis, errorTypes } from './error-types';
import { evaluate, type EvaluateOptions, type Evaluation } from './evaluate';
import { readAnnotations } from './read/read-annotations';
import { readDetections } from './read/read-detections';
import { type TieRule } from './parameters';
import { type CategoryStats, type Stats } from './summarise';
import { type TieBand } from './tie-band';
import { type Detections, type Truth, type Warning } from './types';

export interface EvaluateFilesOptions extends EvaluateOptions, DetectionOptions {
  /** Path of a COCO annotation file. */
  annotations: string;
  /** Path of a COCO detections file. */
  detections: string;
  /** Sort the errors into types as well; default false. */
  errors?: boolean;
}

/** What `rethink evaluate --json` prints. Numbers lie in [0, 1]; null where no truth falls into the slice. */
export interface EvaluationReport {
  stats: Stats;
  /** By category id, for every category that the annotation file lists. */
  perCategory: Record<string, CategoryStats>;
  tieRule: TieRule;
  tieBand: TieBand;
  counts: { images: number; annotations: number; detections: number; categories: number };
  /** By category id. */
  categoryNames: Record<string, string>;
  /** Where asked for. */
  errors?: ErrorSummary;
  warnings: Warning[];
}

/** Without the list of single errors. */
export type ErrorSummary = Omit<ErrorAnalysis, 'errors'>;

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
    ...(options.errors === true ? { errors: errorSummary(errorTypes(truth, detections, tieRule)) } : {}),
    warnings,
  };
}

function errorSummary({ errors: _, ...summary }: ErrorAnalysis): ErrorSummary {
  return summary;
}
