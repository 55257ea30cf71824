/**
 * Handles represent results that do not exist yet: a plan passes them from stage to stage; the host produces
 * the results later. Handles are opaque; only the host reads `id`.
 */

/** Weights of a backbone, possibly with detector or classifier heads. */
export interface Weights {
  readonly type: 'weights';
  readonly id: string;
}

/** Weights that contain a whole detector for the labelled data's categories. */
export interface TrainedDetector extends Weights {
  readonly detects: true;
}

export const dataRoles = ['labelled', 'unlabelled', 'classification', 'otherDetection'] as const;
/**
 * `labelled`: images with boxes; `unlabelled`: images alone; `classification`: images with one class each;
 * `otherDetection`: images with boxes of other categories. Validation data has no role: only the host evaluates.
 */
export type DataRole = (typeof dataRoles)[number];

/** A data set, or a part of one. Each data set has its own head and loss. */
export interface DataHandle {
  readonly type: 'data';
  readonly role: DataRole | 'pseudo';
  readonly id: string;
  /** Number of images; for pseudo-labels, of the images that were labelled. */
  readonly size: number;
}

/** The trial's data by role. Reading a role that the benchmark file does not define skips the trial and states that reason. */
export type DataByRole = Readonly<Record<DataRole, DataHandle>> & {
  /** Whether the benchmark has data of that role. */
  has(role: DataRole): boolean;
};

/** An augmentation with its options, an argument of `train`. */
export interface AugmentationHandle {
  readonly type: 'augmentation';
  readonly id: string;
  readonly strength: number;
}

/** The result of a custom stage. */
export interface CustomOutput {
  readonly type: 'custom';
  readonly id: string;
  /** The weights that the stage wrote by `write.weights`. */
  readonly weights: Weights;
  /** The same as a detector, if the stage has a trainer or an input that is one. */
  readonly detector: TrainedDetector;
}
