export { type Batch, type Batches, type BatchRequest, createBatches } from './batches';
export { createEvaluationBatches, type EvaluationBatch } from './evaluation-batches';
export { openDataset } from './open';
export {
  type PseudoClassesFile,
  type PseudoLabels,
  readPseudoClasses,
  readPseudoLabels,
} from './pseudo-labels';
export { shareImages } from './image-cache';
export { createSampleSource, type SampleSource, type SampleSourceOptions } from './sample-source';
export { type SampleEntry, tabulate } from './sample-table';
export { type ImageSelection, selectImages } from './select';
export { type Category, type Dataset, type DatasetImage, type DatasetWarning } from './types';
