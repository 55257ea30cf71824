export * from './types';
export {
  type EvaluationParameters,
  ERROR_TYPES,
  type ErrorType,
  TIE_RULES,
  type TieRule,
} from './parameters';
export { truthFrom } from '../core/coco/ground-truth';
export { detectionsFrom } from './detections';
export { readAnnotations, readAnnotationBytes } from '../core/coco/read-annotations';
export { readDetections, readDetectionBytes } from './read-detections';
export { evaluate, type EvaluateOptions, type Evaluation } from './evaluate';
export { match, type MatchRecords } from './match';
export { accumulate } from './accumulate';
export { type ResampledScore, summarise, type Stats } from './summarise';
export { describeEvaluation, storedAnalyses } from './evaluation-report';
// Only types: the file's values load zod, and are in evaluation/metrics-file.
export type {
  Calibration,
  EvaluationReport,
  ImageIntervals,
  Metrics,
  StoredAnalyses,
  StoredResamples,
} from './metrics-file';
export { resample, type ResampledStats } from './resample';
export { formatStats } from './format-stats';
export { analyse, type AnalysisOptions } from './analyses';
export { formatAnalyses } from './format-analyses';
export { outcome } from './select';
export { CANDIDATE_THRESHOLDS, chooseScoreThreshold } from './score-threshold';
export { pseudoLabelQuality } from './pseudo-label-quality';
export { errorTypes } from './error-types';
export { subsetOf, type SubsetOptions } from './subset';
export { confusionMatrix } from './confusion-matrix';
