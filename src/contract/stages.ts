import type { Logger } from './tokens';
import type { AugmentationHandle, CustomOutput, DataHandle, TrainedDetector, Weights } from './handles';
import type { RandomSource } from './random';
import type { RgbImage, Sample, SampleObject } from './sample';

/** What weights made elsewhere cost whoever made them; shown as declared, never as measured. */
export interface DeclaredCost {
  /**
   * Floating-point operations, multiply-add = 2. Absent: the host counts them, `imagesSeen` × 3 × a forward pass of the
   * benchmark's backbone with a classifier at `size` (the backward pass is two forward passes).
   */
  readonly flops?: number;
  readonly deviceSeconds?: number;
  /** Images that went through the network, each time counted anew. */
  readonly imagesSeen?: number;
  /** Side of the square input in pixels. */
  readonly size?: number;
  /** Where the figure comes from, for instance `350 epochs of ImageNet (arXiv 1905.11946, section 5.2)`. */
  readonly source: string;
}

/** Learning without labels: two views of each image must find each other among all views of the step. */
export interface ContrastRequest {
  /** What similarities are divided by; 0.1 by default. */
  readonly temperature?: number;
  /** Outputs of the projection head; 128 by default. */
  readonly projection?: number;
  /**
   * Views of this many earlier images stay as negatives (MoCo, arXiv 1911.05722): each image's view has to find the
   * other one among these, not among all of the step. The other view is seen by a slowly moving average of the network.
   * The only data of its training then. Since 1.2.
   */
  readonly queue?: number;
  /** With a queue: what of the moving average stays at each step; 0.99 by default. Since 1.2. */
  readonly momentum?: number;
}

/** One data set's part in a training stage. */
export interface DataShare {
  readonly data: DataHandle;
  /** Images of this data in a step, as a multiple of the benchmark's batch; 1 by default. */
  readonly share?: number;
  /** Weight of its loss; 1 by default. */
  readonly weight?: number;
  /**
   * Pseudo-labels count by their confidence s, 0 … 1: with weight s as an object, with weight 1 − s as background, the box
   * with weight s. Labels without a score count fully. Detection data only. Since 1.2.
   */
  readonly soft?: boolean;
  /**
   * The images alone, by a contrastive loss on two augmented views of each (SimCLR, arXiv 2002.05709). A step then
   * sees twice as many images of this data.
   */
  readonly contrast?: ContrastRequest;
}

/** Changes to the benchmark's schedule for one stage; what is absent stays as the benchmark file has it. */
export interface ScheduleChange {
  readonly steps?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly warmupSteps?: number;
  /** Side of the square input in pixels. */
  readonly size?: number;
}

export interface TrainRequest {
  /** Tensors that fit by name and shape are taken over, heads of other data sets are drawn anew. */
  readonly from: Weights;
  /** One or more data sets; each step sees a batch of every one. */
  readonly data: readonly (DataHandle | DataShare)[];
  /** Absent: images are only fitted to the input size. */
  readonly augmentation?: AugmentationHandle;
  readonly schedule?: ScheduleChange;
  /**
   * Loss normalisation of the paper's appendix B: the second data set's loss is scaled by the ratio of the moving
   * averages of the losses, L = 1/(1+α) · (L₁ + α · mean(L₁)/mean(L₂) · L₂). `true` means α = 1, decay = 0.99.
   */
  readonly normaliseLosses?: boolean | { readonly alpha?: number; readonly decay?: number };
  /** What the stage is to the reader: `teacher`, `student`, `pre-train`. */
  readonly label?: string;
}

/**
 * A score threshold from the precision–recall curve of the detector on labelled images that it was not trained on: the
 * one of the best F1 (IoU 0.5, all categories together) or, with `precision`, the lowest that reaches it. A detector that
 * finds nothing there falls back to 0.5. Since 1.3.
 */
export interface ThresholdRule {
  /** What `Stages.holdOut` held out. */
  readonly heldOut: DataHandle;
  /** Above 0, up to 1. */
  readonly precision?: number;
}

export interface PseudoLabelRequest {
  readonly detector: TrainedDetector;
  readonly images: DataHandle;
  /**
   * Detections scoring at least this become labels (hard threshold; the paper's is 0.5). A rule since 1.3: what the
   * detector does on held-out images chooses.
   */
  readonly scoreThreshold: number | ThresholdRule;
  /**
   * Detections scoring from here up to `scoreThreshold` become regions that are neither object nor background.
   * Absent: they are background, as in the paper.
   */
  readonly ignoreThreshold?: number;
  readonly label?: string;
}

export interface PseudoClassRequest {
  /** Weights that were trained on the classification data. */
  readonly classifier: Weights;
  readonly images: DataHandle;
  /** Images whose most probable class has at least this probability are kept, the others left out. */
  readonly scoreThreshold: number;
  /** Side of the square input in pixels; by default the benchmark's. */
  readonly size?: number;
  readonly label?: string;
}

export interface CheckpointRequest {
  /**
   * A path of a `.safetensors` file or of a TensorFlow.js manifest, relative to the benchmark file, with `${NAME}` from
   * the environment; or `hf:owner/name@revision#file` of a model hub (revision `main`, file `model.safetensors`).
   */
  readonly source: string;
  /** Whose tensor names the file uses. */
  readonly layout: 'timm' | 'keras' | 'rethink';
  readonly cost: DeclaredCost;
  readonly label?: string;
}

/** Named arrays, as in a safetensors file. */
export type NamedArrays = Record<
  string,
  { readonly shape: readonly number[]; readonly values: Float32Array | Int32Array | Uint8Array }
>;

/** Images that a stage of a plugin's own reads. Since 1.2. */
export interface StageData {
  /** Number of images. */
  readonly size: number;
  /** The image at a place, 0 … size − 1, with what the stage may know of it: an unlabelled one has no objects. */
  sample(place: number): Promise<Sample>;
  /** Places of a step's images: epoch after epoch, each in an order of its own that follows from the seed. */
  places(step: number, count: number): number[];
  /** The stage's augmentation applied to a sample of this data; without one the sample is fitted to the input. */
  augment(sample: Sample, random: RandomSource): Promise<Sample>;
}

/** Samples of a step that share a weight. */
export interface TrainerBatch {
  /** As many as `Trainer.images` says for this batch, each no larger than the input. */
  readonly samples: readonly Sample[];
}

/**
 * A detector that a stage of a plugin's own trains step by step. All that it computes is metered. It saves itself now and
 * then and when the stage is told to stop, and a stage that is started again finds it where it was: loop from `steps`, and
 * let what a step sees follow from its number. Since 1.2.
 */
export interface Trainer {
  /** Side of the square input in pixels. */
  readonly size: number;
  /** Images of each batch of a step. */
  readonly images: readonly number[];
  /** Of the schedule. */
  readonly totalSteps: number;
  /** Updates done, those of earlier attempts included. */
  readonly steps: number;
  /**
   * One update by the schedule's optimizer and learning rate.
   * @returns the losses: `loss`, and `loss.0`, `loss.1`, … of the batches
   * @throws when the stage is told to stop, after the trainer was saved
   */
  step(batches: readonly TrainerBatch[]): Promise<Readonly<Record<string, number>>>;
  /**
   * Objects in images no larger than the input, with scores, in pixels of each.
   * @param weights those of the last step, or their moving average
   */
  detect(images: readonly RgbImage[], weights?: 'last' | 'average'): Promise<SampleObject[][]>;
  /** To be handed to `write.weights`. */
  weights(which?: 'last' | 'average'): Promise<NamedArrays>;
}

/** Asks for a trainer. */
export interface TrainerRequest {
  /** A detector, or weights to start one from. */
  readonly from: Weights;
  readonly schedule?: ScheduleChange;
  /** Each batch of a step: its images as a multiple of the benchmark's batch, its weight, whether its scores count. */
  readonly batches: readonly {
    readonly share?: number;
    readonly weight?: number;
    /** See `DataShare.soft`. */
    readonly soft?: boolean;
  }[];
  /** A moving average of the weights is kept, of which this share stays at each step (less in the first steps). */
  readonly average?: number;
}

/** What the running code of a plugin's own stage may use. */
export interface CustomStageContext {
  /** Weights named in `inputs`, read from the earlier stages' artifacts. */
  readonly weights: Readonly<Record<string, NamedArrays>>;
  /** Images named in `data`. Since 1.2. */
  readonly data: Readonly<Record<string, StageData>>;
  /** Where the request asks for one. Since 1.2. */
  readonly trainer?: Trainer;
  /** Follows from the trial's seed and the stage's name. */
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Fires when the run is stopped or the stage's time is up. */
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
  /**
   * Says how many floating-point operations (multiply-add = 2) the stage computed by itself; several calls add up. What
   * the trainer computes is metered and not to be declared. Without either the trial's FLOPs are shown as a lower bound.
   */
  declareFlops(count: number): void;
  readonly write: {
    /** Weights of a detector keep what is known of its heads. */
    weights(arrays: NamedArrays): Promise<void>;
    /** A small result beside the artifact, kept for the pages. */
    json(name: string, value: unknown): Promise<void>;
  };
}

export interface CustomStageRequest {
  readonly inputs?: Readonly<Record<string, Weights>>;
  /** Data whose images the stage reads; recorded as seen. Since 1.2. */
  readonly data?: Readonly<Record<string, DataHandle>>;
  /** What `StageData.augment` applies. Since 1.2. */
  readonly augmentation?: AugmentationHandle;
  /** Since 1.2. */
  readonly trainer?: TrainerRequest;
  /** Everything else that decides the outcome; part of the stage key, so plain JSON. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Runs in a process of its own; may be stopped and run again, from the start but for its trainer. */
  run(context: CustomStageContext): Promise<void>;
}

/**
 * Describes work. Nothing runs while a plan is made: each call returns a handle at once, and equal requests
 * of several trials become one stage.
 */
export interface Stages {
  /** Freshly drawn weights; costs nothing. */
  random(): Weights;
  checkpoint(request: CheckpointRequest): Weights;
  /** An augmentation by its plugin's name, for stages that should not use the trial's own. */
  augmentation(name: string, options?: Readonly<Record<string, unknown>>): AugmentationHandle;
  train(request: TrainRequest): TrainedDetector;
  pseudoLabel(request: PseudoLabelRequest): DataHandle;
  /** Images with the class that a classifier gives them; trains the classification data's own head. */
  pseudoClass(request: PseudoClassRequest): DataHandle;
  custom(name: string, request: CustomStageRequest): CustomOutput;
  /**
   * Parts labelled data in two that share no image: what to train on, and what to choose by (a score threshold). Since 1.3.
   * @param share of the data's images to hold out, above 0 and below 1
   */
  holdOut(data: DataHandle, share: number): { readonly kept: DataHandle; readonly heldOut: DataHandle };
}
