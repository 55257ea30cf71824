import type { Logger } from './tokens';
import type { AugmentationHandle, CustomOutput, DataHandle, TrainedDetector, Weights } from './handles';
import type { RandomSource } from './random';

/** What weights made elsewhere cost whoever made them; shown as declared, never as measured. */
export interface DeclaredCost {
  /**
   * Floating-point operations, multiply-add = 2. Absent: the host counts them, `imagesSeen` × 3 × a forward pass of the
   * benchmark's backbone with a classifier at `size` (the backward pass is two forward passes).
   */
  readonly flops?: number;
  readonly deviceSeconds?: number;
  /** Pictures that went through the network, each time counted anew. */
  readonly imagesSeen?: number;
  /** Side of the square input in pixels. */
  readonly size?: number;
  /** Where the figure comes from, for instance `350 epochs of ImageNet (arXiv 1905.11946, section 5.2)`. */
  readonly source: string;
}

/** Learning without labels: two views of each picture must find each other among all views of the step. */
export interface ContrastRequest {
  /** What similarities are divided by; 0.1 by default. */
  readonly temperature?: number;
  /** Outputs of the projection head; 128 by default. */
  readonly projection?: number;
}

/** One data set's part in a training stage. */
export interface DataShare {
  readonly data: DataHandle;
  /** Pictures of this data in a step, as a multiple of the benchmark's batch; 1 by default. */
  readonly share?: number;
  /** Weight of its loss; 1 by default. */
  readonly weight?: number;
  /**
   * The pictures alone, by a contrastive loss on two augmented views of each (SimCLR, arXiv 2002.05709). A step then
   * sees twice as many pictures of this data.
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
  /** Absent: pictures are only fitted to the input size. */
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

export interface PseudoLabelRequest {
  readonly detector: TrainedDetector;
  readonly images: DataHandle;
  /** Detections scoring at least this become labels (hard threshold; the paper's is 0.5). */
  readonly scoreThreshold: number;
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
  /** Pictures whose most probable class has at least this probability are kept, the others left out. */
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

/** What the running code of a plugin's own stage may use. */
export interface CustomStageContext {
  /** Weights and pseudo-labels named in `inputs`, read from the earlier stages' artifacts. */
  readonly weights: Readonly<Record<string, NamedArrays>>;
  /** Follows from the trial's seed and the stage's name. */
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Fires when the run is stopped or the stage's time is up. */
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
  /**
   * Says how many floating-point operations (multiply-add = 2) the stage computed, for nobody can meter them here; several
   * calls add up. Without it the trial's FLOPs are shown as a lower bound.
   */
  declareFlops(count: number): void;
  readonly write: {
    weights(arrays: NamedArrays): Promise<void>;
    /** A small result beside the artifact, kept for the pages. */
    json(name: string, value: unknown): Promise<void>;
  };
}

export interface CustomStageRequest {
  readonly inputs?: Readonly<Record<string, Weights>>;
  /** Everything else that decides the outcome; part of the stage key, so plain JSON. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Runs in a process of its own; may be stopped and run again from the start. */
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
  /** Pictures with the class that a classifier gives them; trains the classification data's own head. */
  pseudoClass(request: PseudoClassRequest): DataHandle;
  custom(name: string, request: CustomStageRequest): CustomOutput;
}
