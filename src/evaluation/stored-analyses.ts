import { RethinkError } from '../contract/errors';
import { analyse, type Confusion } from './analyses';
import { type Calibration } from './calibration';
import { type ErrorAnalysis, errorTypes } from './error-types';
import { type Evaluation } from './evaluate';
import { type ErrorSummary } from './evaluate-files';
import { type Detections, type Truth } from './types';

/** What is kept beside an evaluation's numbers: small, and enough for a page when truth and detections are far away. */
export interface KeptAnalyses {
  readonly errors: ErrorSummary;
  readonly confusion: Confusion;
  /** Absent where a score is no probability. */
  readonly calibration?: { readonly all: Calibration };
}

/** @param evaluation of the same truth and detections */
export function storedAnalyses(truth: Truth, detections: Detections, evaluation: Evaluation): KeptAnalyses {
  return {
    errors: withoutList(errorTypes(truth, detections, evaluation.tieRule)),
    confusion: analyse(truth, detections, evaluation, { confusion: true }).confusion!,
    ...calibrationOf(truth, detections, evaluation),
  };
}

/** Single errors are as many as there are detections. */
function withoutList({ errors: _, ...summary }: ErrorAnalysis): ErrorSummary {
  return summary;
}

function calibrationOf(
  truth: Truth,
  detections: Detections,
  evaluation: Evaluation,
): Pick<KeptAnalyses, 'calibration'> {
  try {
    const { all } = analyse(truth, detections, evaluation, { calibration: true }).calibration!;
    return { calibration: { all } };
  } catch (error) {
    if (error instanceof RethinkError && error.code === 'CALIBRATION_SCORE') return {};
    throw error;
  }
}
