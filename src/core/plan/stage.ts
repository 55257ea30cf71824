import { dataRoles, type DeclaredCost, type PluginKind } from '../../contract';
import type { DetectorSpec } from './detector-spec';
import type { HeadSpec } from './head-spec';
import type { Schedule } from './schedule';

/** A plugin as a stage uses it: which one, with which parsed options, and the digest of the code that it is. */
export interface PluginUse {
  readonly kind: PluginKind;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** SHA-256 of the plugin's source and of all it imports in the repository. */
  readonly codeDigest: string;
}

/** The roles of the contract, and validation data, which are the host's alone. */
export const datasetRoles = [...dataRoles, 'validation'] as const;
export type DatasetRole = (typeof datasetRoles)[number];

/**
 * Which images of which data set. `set` names the data set of the benchmark (`main`, or that of a role);
 * a fraction below 1 is the first part of one seeded shuffle, so that fractions are nested.
 */
export interface DataSelection {
  readonly role: DatasetRole;
  /** Content digest of the data set that the role reads. */
  readonly datasetDigest: string;
  readonly fraction: number;
  /** Seed of the shuffle that fractions are cut from. */
  readonly splitSeed: number;
  /** Every part has its share of each class. */
  readonly stratified?: true;
  /** The images that the fraction leaves; to training they are an unlabelled pool: their labels stay hidden. */
  readonly rest?: true;
  /** Without the images of this smaller fraction: what is held out of `fraction`. */
  readonly after?: number;
}

/** The role in which a stage sees the images. */
export function roleOf({ role, rest }: DataSelection): DatasetRole {
  return rest === true ? 'unlabelled' : role;
}

/** One data set in a training stage. */
export interface TrainingDataUse {
  readonly selection: DataSelection;
  /** Name of the input that holds pseudo-labels for the selection's images. */
  readonly pseudoLabels?: string;
  /** Which head (and loss) it trains. */
  readonly head: HeadSpec;
  readonly share: number;
  readonly weight: number;
  /** Labels count by their scores. */
  readonly soft?: true;
}

/** Samples that a step sees of each image: a contrastive loss compares two views. */
export function viewsOf(type: HeadSpec['type']): number {
  return type === 'contrastive' ? 2 : 1;
}

export interface TrainParameters {
  readonly detector: DetectorSpec;
  readonly schedule: Schedule;
  readonly data: readonly TrainingDataUse[];
  readonly augmentation?: PluginUse;
  readonly normaliseLosses?: { readonly alpha: number; readonly decay: number };
  /** Name of the input with the weights to start from; absent: drawn from the seed. */
  readonly from?: string;
}

export interface PseudoLabelParameters {
  readonly detector: DetectorSpec;
  readonly images: DataSelection;
  readonly head: string;
  /** Or labelled images on which the detector's precision and recall decide, and the precision that is asked for. */
  readonly scoreThreshold: number | { readonly images: DataSelection; readonly precision?: number };
  readonly ignoreThreshold?: number;
  /** Name of the input with the detector's weights. */
  readonly from: string;
}

/** Hidden labels of the unlabelled images as if a detector had found them: an upper bound that nobody can reach. */
export interface OracleLabelParameters {
  readonly images: DataSelection;
  /** Digest of the labels, where they are not the images' own. */
  readonly truthDigest?: string;
}

export interface PseudoClassParameters {
  readonly detector: DetectorSpec;
  readonly images: DataSelection;
  readonly head: string;
  readonly scoreThreshold: number;
  /** Name of the input with the classifier's weights. */
  readonly from: string;
}

/** What a pre-trained backbone can do in its own task, on images that no stage trains on. */
export interface ProbeParameters {
  /**
   * `top-1`: images that its own classifier names rightly. `linear-probe`: those that a linear classifier on its features
   * does. `AP`: that of the detector that it was trained as.
   */
  readonly measure: 'top-1' | 'linear-probe' | 'AP';
  readonly detector: DetectorSpec;
  /** What is trained on, the linear classifier too; measured is on the images that this fraction leaves. */
  readonly images: DataSelection;
  /** At most so many images of either part. */
  readonly most: number;
  /** Of the task that it was trained for; absent for a linear probe. */
  readonly head?: string;
  /** Name of the input with the weights. */
  readonly from: string;
}

export interface DetectParameters {
  readonly detector: DetectorSpec;
  readonly images: DataSelection;
  readonly head: string;
  readonly from: string;
  /** The weights that the training stage had after so many steps; absent: those that it ended with. */
  readonly step?: number;
}

export interface EvaluateParameters {
  readonly truth: DataSelection;
  /** Name of the input with the detections. */
  readonly detections: string;
}

export interface CheckpointParameters {
  /** As the benchmark file has it; not part of the stage key, which depends on the content. */
  readonly source: string;
  /** Identity of the weights: `sha256:…` of a local file, `hf:owner/name@commit#file` of a hub's. */
  readonly content: string;
  /** Path of a local file on this machine; not part of the stage key. */
  readonly file?: string;
  readonly layout: 'timm' | 'keras' | 'rethink';
  readonly cost: DeclaredCost;
  readonly detector: DetectorSpec;
}

export interface CustomParameters {
  readonly plugin: PluginUse;
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Name in the plugin's context → images that the stage reads. */
  readonly data?: Readonly<Record<string, CustomDataUse>>;
  /** With data: side of the square input that augmented images fit into. */
  readonly size?: number;
  readonly augmentation?: PluginUse;
  readonly trainer?: TrainerParameters;
}

/** Names of inputs that the host gives to a plugin's own stage, beside those that the plugin names, begin with this. */
export const RESERVED = 'host:';

/** Images of a stage of a plugin's own. */
export interface CustomDataUse {
  readonly selection: DataSelection;
  /** Name of the input that holds pseudo-labels. */
  readonly pseudoLabels?: string;
}

/** The detector that a stage of a plugin's own trains. */
export interface TrainerParameters {
  readonly detector: DetectorSpec;
  readonly schedule: Schedule;
  /** Of the labelled data. */
  readonly categories: number;
  readonly batches: readonly { readonly share: number; readonly weight: number; readonly soft?: true }[];
  /** Name of the input with the weights to start from; absent: drawn from the seed. */
  readonly from?: string;
}

export type StageWork =
  | { readonly kind: 'train'; readonly parameters: TrainParameters }
  | { readonly kind: 'pseudo-label'; readonly parameters: PseudoLabelParameters }
  | { readonly kind: 'oracle-label'; readonly parameters: OracleLabelParameters }
  | { readonly kind: 'pseudo-class'; readonly parameters: PseudoClassParameters }
  | { readonly kind: 'probe'; readonly parameters: ProbeParameters }
  | { readonly kind: 'detect'; readonly parameters: DetectParameters }
  | { readonly kind: 'evaluate'; readonly parameters: EvaluateParameters }
  | { readonly kind: 'checkpoint'; readonly parameters: CheckpointParameters }
  | { readonly kind: 'custom'; readonly parameters: CustomParameters };
export type StageKind = StageWork['kind'];

/** A stage of a plan. `key` follows from all else here but `label`, `checkpointSteps` and the time limit. */
export type PlannedStage = StageWork & {
  /** SHA-256, 64 hexadecimal digits (design: "stage key"). */
  readonly key: string;
  /** For the reader: `teacher`, `student`, `pre-train`, `detect`, … */
  readonly label: string;
  readonly seed: number;
  /** Input name → key of the stage that leaves it. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Seconds after which the stage is killed from outside. */
  readonly timeLimitSeconds?: number;
  /**
   * Training stages: steps after which the weights are saved too, ascending, without the last. They change nothing of the
   * stage's result, so they are not in its key: asking for more of them makes no other stage stale.
   */
  readonly checkpointSteps?: readonly number[];
};
