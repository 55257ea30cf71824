import type { Logger } from './tokens';
import type { AugmentationHandle, CustomOutput, DataHandle, TrainedDetector, Weights } from './handles';
import type { RandomSource } from './random';
import type { RgbImage, Sample, SampleObject } from './sample';

/** What external weights cost their authors; shown as declared, never as measured. */
export interface DeclaredCost {
  /**
   * Floating-point operations, multiply-add = 2. Absent: the host computes them, `imagesSeen` × 3 × a forward pass of the
   * benchmark's backbone with a classifier at `size` (the backward pass is two forward passes).
   */
  readonly flops?: number;
  readonly deviceSeconds?: number;
  /** Images that went through the network, counted each time. */
  readonly imagesSeen?: number;
  /** Side of the square input in pixels. */
  readonly size?: number;
  /** Where the figure comes from, for instance `350 epochs of ImageNet (arXiv 1905.11946, section 5.2)`. */
  readonly source: string;
}

/** Learning without labels: the two views of each image are matched among all views of the step. */
export interface ContrastRequest {
  /** Divides the similarities; 0.1 by default. */
  readonly temperature?: number;
  /** Outputs of the projection head; 128 by default. */
  readonly projection?: number;
  /**
   * Views of this many earlier images are kept as negatives (MoCo, arXiv 1911.05722): each image's view is matched among
   * these instead of among the views of the step. A slowly moving average of the network encodes the other view.
   * Such data must be the only data of their training stage.
   */
  readonly queue?: number;
  /** With a queue: share of the moving average that each step keeps; 0.99 by default. */
  readonly momentum?: number;
}

/** One data set's part in a training stage. */
export interface DataShare {
  readonly data: DataHandle;
  /** Images of this data set in a step, as a multiple of the benchmark's batch; 1 by default. */
  readonly share?: number;
  /** Weight of its loss; 1 by default. */
  readonly weight?: number;
  /**
   * Weights pseudo-labels by their confidence s, 0 … 1: weight s as an object, 1 − s as background, s for the box.
   * Labels without a score have full weight. Detection data only.
   */
  readonly soft?: boolean;
  /**
   * Ignores labels; trains by a contrastive loss on two augmented views of each image (SimCLR, arXiv 2002.05709). A step
   * then sees twice as many images of this data set.
   */
  readonly contrast?: ContrastRequest;
}

/** Changes to the benchmark's schedule for one stage; absent fields keep the benchmark file's values. */
export interface ScheduleChange {
  readonly steps?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly warmupSteps?: number;
  /** Side of the square input in pixels. */
  readonly size?: number;
}

export interface TrainRequest {
  /** Tensors that match by name and shape are reused; heads of other data sets are initialised randomly. */
  readonly from: Weights;
  /** One or more data sets; each step sees a batch of every one. */
  readonly data: readonly (DataHandle | DataShare)[];
  /** Absent: images are only scaled to the input size. */
  readonly augmentation?: AugmentationHandle;
  readonly schedule?: ScheduleChange;
  /**
   * Loss normalisation of the paper's appendix B: the second data set's loss is scaled by the ratio of the moving
   * averages of the losses, L = 1/(1+α) · (L₁ + α · mean(L₁)/mean(L₂) · L₂). `true` means α = 1, decay = 0.99.
   */
  readonly normaliseLosses?: boolean | { readonly alpha?: number; readonly decay?: number };
  /** A short name for tables: `teacher`, `student`, `pre-train`. */
  readonly label?: string;
}

/**
 * A score threshold from the precision–recall curve of the detector on held-out labelled images: the one with the best F1
 * (IoU 0.5, all categories together) or, with `precision`, the lowest that reaches it; 0.5 if the detector finds nothing.
 */
export interface ThresholdRule {
  /** `heldOut` of `Stages.holdOut`. */
  readonly heldOut: DataHandle;
  /** Above 0, up to 1. */
  readonly precision?: number;
}

export interface PseudoLabelRequest {
  readonly detector: TrainedDetector;
  readonly images: DataHandle;
  /**
   * Detections scoring at least this become labels (hard threshold; the paper's is 0.5), or
   * a rule that chooses the threshold by the detector's precision and recall on held-out images.
   */
  readonly scoreThreshold: number | ThresholdRule;
  /**
   * Detections scoring from here up to `scoreThreshold` become regions that are neither object nor background.
   * Absent: they are background, as in the paper.
   */
  readonly ignoreThreshold?: number;
  readonly label?: string;
}

/** The hidden labels of the pool, as pseudo-labels: what a perfect labeller would give. */
export interface OracleLabelRequest {
  readonly images: DataHandle;
  readonly label?: string;
}

export interface PseudoClassRequest {
  /** Weights that were trained on the classification data. */
  readonly classifier: Weights;
  readonly images: DataHandle;
  /** Images are kept if their most probable class has at least this probability. */
  readonly scoreThreshold: number;
  /** Side of the square input in pixels; by default the benchmark's. */
  readonly size?: number;
  readonly label?: string;
}

export interface CheckpointRequest {
  /**
   * Path of a `.safetensors` file or of a TensorFlow.js manifest, relative to the benchmark file, with `${NAME}` from
   * the environment; or `hf:owner/name@revision#file` on the Hugging Face hub (revision `main`, file `model.safetensors`).
   */
  readonly source: string;
  /** The convention of the file's tensor names. */
  readonly layout: 'timm' | 'keras' | 'rethink';
  readonly cost: DeclaredCost;
  readonly label?: string;
}

/** Named arrays, as in a safetensors file. */
export type NamedArrays = Record<
  string,
  { readonly shape: readonly number[]; readonly values: Float32Array | Int32Array | Uint8Array }
>;

/** Images that a custom stage reads. */
export interface StageData {
  /** Number of images. */
  readonly size: number;
  /** The image at an index, 0 … size − 1, with the labels that the stage may see: unlabelled images have no objects. */
  sample(index: number): Promise<Sample>;
  /** Indices of a step's images: epoch after epoch, each in a different order that depends on the seed. */
  indices(step: number, count: number): number[];
  /** The stage's augmentation applied to a sample of this data; without one the sample is scaled to the input. */
  augment(sample: Sample, random: RandomSource): Promise<Sample>;
}

/** Samples of a step that share a weight. */
export interface TrainerBatch {
  /** As many as `Trainer.images` states for this batch, each no larger than the input. */
  readonly samples: readonly Sample[];
}

/**
 * A detector that a custom stage trains step by step. Its computation is metered. It saves its state regularly and when
 * the stage is told to stop; a restarted stage receives it with that state. Loop from `steps`, and derive each step's
 * input from its number.
 */
export interface Trainer {
  /** Side of the square input in pixels. */
  readonly size: number;
  /** Images of each batch of a step. */
  readonly images: readonly number[];
  /** Steps of the schedule. */
  readonly totalSteps: number;
  /** Updates done, including those of earlier attempts. */
  readonly steps: number;
  /**
   * One update by the schedule's optimizer and learning rate.
   * @returns the losses: `loss`, and `loss.0`, `loss.1`, … of the batches
   * @throws when the stage is told to stop, after saving the trainer
   */
  step(batches: readonly TrainerBatch[]): Promise<Readonly<Record<string, number>>>;
  /**
   * Detects objects in images no larger than the input; boxes are in pixels of their image.
   * @param weights those of the last step, or their moving average
   */
  detect(images: readonly RgbImage[], weights?: 'last' | 'average'): Promise<SampleObject[][]>;
  /** Argument for `write.weights`. */
  weights(which?: 'last' | 'average'): Promise<NamedArrays>;
}

/** Asks for a trainer. */
export interface TrainerRequest {
  /** A detector, or weights to initialise one. */
  readonly from: Weights;
  readonly schedule?: ScheduleChange;
  /** Batches of a step: images as a multiple of the benchmark's batch, weight, and whether scores weight the labels. */
  readonly batches: readonly {
    readonly share?: number;
    readonly weight?: number;
    /** See `DataShare.soft`. */
    readonly soft?: boolean;
  }[];
  /** Keeps a moving average of the weights; each step keeps this share of it (less in the first steps). */
  readonly average?: number;
}

/** Services for the running code of a custom stage. */
export interface CustomStageContext {
  /** Weights named in `inputs`, read from the earlier stages' artifacts. */
  readonly weights: Readonly<Record<string, NamedArrays>>;
  /** Images named in `data`. */
  readonly data: Readonly<Record<string, StageData>>;
  /** Present if the request asks for one. */
  readonly trainer?: Trainer;
  /** Depends on the trial's seed and the stage's name. */
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Fires when the run is stopped or the stage's time limit is reached. */
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
  /**
   * Declares floating-point operations (multiply-add = 2) of the stage's own code; calls add up. The trainer's operations
   * are metered and must not be declared. Without either, the trial's FLOPs are shown as a lower bound.
   */
  declareFlops(count: number): void;
  readonly write: {
    /** A detector's weights keep the description of its heads. */
    weights(arrays: NamedArrays): Promise<void>;
    /** A small result next to the artifact, for the pages. */
    json(name: string, value: unknown): Promise<void>;
  };
}

export interface CustomStageRequest {
  readonly inputs?: Readonly<Record<string, Weights>>;
  /** Data whose images the stage reads; recorded as accessed. */
  readonly data?: Readonly<Record<string, DataHandle>>;
  /** Applied by `StageData.augment`. */
  readonly augmentation?: AugmentationHandle;
  /** Asks for a `trainer` in the stage's context. */
  readonly trainer?: TrainerRequest;
  /** Everything else that affects the outcome; part of the stage key, so plain JSON. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Runs in a separate process; may be stopped and run again from the start, except for its trainer. */
  run(context: CustomStageContext): Promise<void>;
}

/**
 * Requests stages. Nothing runs during planning: each call returns a handle immediately, and equal requests of several
 * trials become one stage.
 */
export interface Stages {
  /** Random weights; costs nothing. */
  random(): Weights;
  checkpoint(request: CheckpointRequest): Weights;
  /** An augmentation by its plugin's name, for stages that should not use the trial's. */
  augmentation(name: string, options?: Readonly<Record<string, unknown>>): AugmentationHandle;
  train(request: TrainRequest): TrainedDetector;
  pseudoLabel(request: PseudoLabelRequest): DataHandle;
  /** Labels that no method can have; the trial is marked as not attainable, and has no rank. */
  oracleLabel(request: OracleLabelRequest): DataHandle;
  /** Images with the class that a classifier assigns; such data trains the classification data's head. */
  pseudoClass(request: PseudoClassRequest): DataHandle;
  custom(name: string, request: CustomStageRequest): CustomOutput;
  /**
   * Splits labelled data into two disjoint parts: one for training, one for choosing a score threshold.
   * @param share of the data's images to hold out, above 0 and below 1
   */
  holdOut(data: DataHandle, share: number): { readonly kept: DataHandle; readonly heldOut: DataHandle };
}
