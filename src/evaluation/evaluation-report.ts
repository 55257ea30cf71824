import { RethinkError } from '../contract/errors';
import { analyse } from './analyses';
import { errorTypes } from './error-types';
import { type Evaluation } from './evaluate';
import type { ErrorSummary, EvaluationReport, StoredAnalyses } from './metrics-file';
import { type Detections, type Truth } from './types';

/**
 * What is shown of an evaluation.
 *
 * @param evaluation of the same truth and detections
 * @param options errors: sort the errors into types as well
 */
export function describeEvaluation(
  truth: Truth,
  detections: Detections,
  evaluation: Evaluation,
  options: { readonly errors?: boolean } = {},
): EvaluationReport {
  const { stats, perCategory, tieRule, tieBand, warnings } = evaluation;
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
    ...(options.errors === true && { errors: errorSummary(truth, detections, evaluation) }),
    warnings,
  };
}

/** @param evaluation of the same truth and detections */
export function storedAnalyses(truth: Truth, detections: Detections, evaluation: Evaluation): StoredAnalyses {
  return {
    errors: errorSummary(truth, detections, evaluation),
    confusion: analyse(truth, detections, evaluation, { confusion: true }).confusion!,
    ...calibrationOf(truth, detections, evaluation),
  };
}

/** Without the list of single errors: these are as many as there are detections. */
function errorSummary(truth: Truth, detections: Detections, { tieRule, records }: Evaluation): ErrorSummary {
  const { errors: _, ...summary } = errorTypes(truth, detections, tieRule, records.parameters);
  return summary;
}

function calibrationOf(
  truth: Truth,
  detections: Detections,
  evaluation: Evaluation,
): Pick<StoredAnalyses, 'calibration'> {
  try {
    const { all } = analyse(truth, detections, evaluation, { calibration: true }).calibration!;
    return { calibration: { all } };
  } catch (error) {
    if (error instanceof RethinkError && error.code === 'CALIBRATION_SCORE') return {};
    throw error;
  }
}
