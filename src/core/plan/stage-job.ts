import type { Logger } from '../../contract';
import type { DatasetRole, PlannedStage } from './stage';
import type { FileAccessAudit } from '../process/file-access-audit';

/** Location of the images of a selection; resolved by the host, never part of a stage key. */
export interface DatasetLocation {
  readonly digest: string;
  /** COCO annotation file (detection) or folder per class (classification). */
  readonly type: 'coco' | 'folders';
  readonly annotations?: string;
  /** The user's file, where `annotations` has only some of its categories. */
  readonly source?: string;
  readonly images: string;
  /** Files of images that cannot be decoded and were left out. */
  readonly skipped?: readonly string[];
}

/** Role → location of its data. */
export type DatasetLocations = Readonly<Partial<Record<DatasetRole, DatasetLocation>>>;

/** Input of a stage's process. */
export interface StageJob {
  readonly stage: PlannedStage;
  /** Input name → folder of the finished artifact. */
  readonly inputFolders: Readonly<Record<string, string>>;
  /** Role → location of its data. */
  readonly datasets: DatasetLocations;
  /** For pseudo-label stages: the truth of the unlabelled images, where it is known, to measure the labels by. */
  readonly hiddenTruth?: DatasetLocation;
  /** `<kind>/<name>` → entry file of the plugin. */
  readonly pluginEntries: Readonly<Record<string, string>>;
  readonly backend: 'tensorflow' | 'webgpu' | 'cpu';
  readonly threads: number;
  /** Cores of the stage, those that it shares with other slots divided among them; 1 by default. */
  readonly cores?: number;
  /** Threads that prepare a training's images; absent: as many as are useful on these cores. */
  readonly inputThreads?: number;
  /** Files written here become the artifact when the stage ends well. */
  readonly outputFolder: string;
  /** Survives a killed stage: the next attempt resumes from its files. */
  readonly resumeFolder: string;
  /** Seconds that failed attempts at this stage took; time before a resume point counts once. */
  readonly failedSeconds?: number;
  /** Seconds that the stage waited in the queue of a batch system. */
  readonly queuedSeconds?: number;
  /** For custom stages: what the planner needs to find the plugin's `run` again (plain JSON). */
  readonly custom?: unknown;
}

export interface StageProgress {
  readonly done: number;
  readonly total: number;
  /** `step`, `image`, … */
  readonly unit: string;
  /** Latest figures worth showing, for instance `{ loss: 0.31, imagesPerSecond: 680 }`. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** Services for running code from its process. */
export interface StageServices {
  readonly logger: Logger;
  /** Fires at Ctrl-C and at the time limit; a stage ends within seconds, leaving its resume folder in order. */
  readonly signal: AbortSignal;
  progress(progress: StageProgress): void;
  /** For code that starts its own threads: audits validation images, in stages that must not read them. */
  readonly fileAccess?: FileAccessAudit;
}

/** Files of an artifact by name; every kind of stage leaves those of its line. */
export const artifactFiles = {
  /** train, checkpoint, custom: weights as safetensors */
  weights: 'weights.safetensors',
  /** train: `[{ step, loss, classLoss, boxLoss, learningRate, … }]` */
  curve: 'curve.json',
  /** train: when each of the weights in `checkpoints/` was saved (`RunCheckpoint[]`) */
  checkpoints: 'checkpoints.json',
  /** pseudo-label: COCO annotations with `score`; ignore regions have `ignore: 1` */
  pseudoLabels: 'pseudo-labels.json',
  /** pseudo-label: quality against hidden truth, where there is one */
  pseudoLabelQuality: 'pseudo-label-quality.json',
  /** pseudo-class: `{ classes, images: [{ id, file_name, class, score }] }` */
  pseudoClasses: 'pseudo-classes.json',
  /** detect: COCO results list */
  detections: 'detections.json',
  /** evaluate: the evaluator's full result */
  metrics: 'metrics.json',
  /** every stage: ledger, summary, data access */
  outcome: 'outcome.json',
} as const;

/** train: file of the weights after so many steps. */
export function checkpointFile(step: number): string {
  return `checkpoints/${String(step).padStart(9, '0')}.safetensors`;
}
