export * from './types';
export {
  AREA_RANGES,
  IOU_THRESHOLDS,
  MAX_DETECTIONS,
  RECALL_LEVELS,
  TIE_RULES,
  type TieRule,
} from './parameters';
export { truthFrom } from '../core/coco/ground-truth';
export { detectionsFrom, type DetectionOptions } from './detections';
export { readAnnotations, readAnnotationBytes } from '../core/coco/read-annotations';
export { readDetections, readDetectionBytes } from './read-detections';
export { evaluate, type EvaluateOptions, type Evaluation } from './evaluate';
export { match, type MatchRecords } from './match';
export { accumulate, type Accumulated, type AccumulateOptions } from './accumulate';
export { summarise, summariseCategory, type CategoryStats, type Stats } from './summarise';
export { tieBand, type TieBand } from './tie-band';
export { describeEvaluation, evaluateFiles, type EvaluateFilesOptions } from './evaluate-files';
// Only types: the file's values load zod, and live in evaluation/metrics-file.
export type {
  EvaluationReport,
  ImageIntervals,
  Metrics,
  ResampledScore,
  StoredAnalyses,
  StoredResamples,
} from './metrics-file';
export { resample, type ImageDraw, type ResampledStats } from './resample';
export { formatStats } from './format-stats';
export { analyse, type Analyses, type AnalysisOptions } from './analyses';
export { storedAnalyses } from './stored-analyses';
export { formatAnalyses } from './format-analyses';
export { selectDetections, imageWeights, outcome, type Outcome } from './select';
export { precisionRecallCurve, type PrecisionRecallCurve, type CurveOptions } from './pr-curve';
export { CANDIDATE_THRESHOLDS, chooseScoreThreshold } from './score-threshold';
export { pseudoLabelQuality, type LabelQuality, type LabelCounts } from './pseudo-label-quality';
export { errorTypes, ERROR_TYPES, type ErrorAnalysis, type ErrorType } from './error-types';
export { confusionMatrix, type ConfusionMatrix, type ConfusionOptions } from './confusion-matrix';
export { calibration, type Calibration, type CalibrationOptions } from './calibration';
export { perImage, byCrowding, byCategoryGroup, type ImageDiagnosis, type SubsetStats } from './diagnostics';
export { RecallSums, type RecallStats } from './resample-recall';
