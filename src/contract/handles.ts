/**
 * Handles stand for things that do not exist yet: a plan passes them from stage to stage, the host makes
 * the things themselves later. They are opaque; only the host reads `id`.
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
 * `labelled`: detection truth; `unlabelled`: images alone; `classification`: images with one class;
 * `otherDetection`: detection truth with other categories. Validation data has no role: only the host evaluates.
 */
export type DataRole = (typeof dataRoles)[number];

/** A data set, or a part of one. A data set brings its own head and loss with it. */
export interface DataHandle {
  readonly type: 'data';
  readonly role: DataRole | 'pseudo';
  readonly id: string;
  /** Number of images; for pseudo-labels, of images that were looked at. */
  readonly size: number;
}

/** The trial's data by role. Asking for a role that the benchmark file does not name skips the trial with that reason. */
export type DataByRole = Readonly<Record<DataRole, DataHandle>> & {
  /** Whether the benchmark has data of that role. */
  has(role: DataRole): boolean;
};

/** An augmentation with its options, to be handed to `train`. */
export interface AugmentationHandle {
  readonly type: 'augmentation';
  readonly id: string;
  readonly strength: number;
}

/** What a custom stage leaves. */
export interface CustomOutput {
  readonly type: 'custom';
  readonly id: string;
  /** The weights that the stage wrote by `write.weights`. */
  readonly weights: Weights;
  /** The same as a detector, where the stage was given one: by its trainer or its inputs. Since 1.2. */
  readonly detector: TrainedDetector;
}
