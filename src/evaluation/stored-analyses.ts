import { RethinkError } from '../contract/errors';
import { analyse } from './analyses';
import { errorTypes } from './error-types';
import { type Evaluation } from './evaluate';
import { errorSummary } from './evaluate-files';
import type { StoredAnalyses } from './metrics-file';
import { type Detections, type Truth } from './types';

/** @param evaluation of the same truth and detections */
export function storedAnalyses(truth: Truth, detections: Detections, evaluation: Evaluation): StoredAnalyses {
  return {
    errors: errorSummary(errorTypes(truth, detections, evaluation.tieRule)),
    confusion: analyse(truth, detections, evaluation, { confusion: true }).confusion!,
    ...calibrationOf(truth, detections, evaluation),
  };
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
