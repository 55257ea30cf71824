import type { Quarantined } from '../artifact/artifact-store';
import type { Plan } from './plan';
import type { PlannedStage } from './stage';
import type { StageFailure } from './failure';
import type { PluginSummary } from './plugin-summary';
import type { Ledger, RunEnvironment, StageOutcome } from './outcome-schema';
import type { DatasetLocation, StageProgress } from './stage-job';

export interface StageResult {
  readonly outcome: StageOutcome;
  readonly ledger: Ledger;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** Where a stage runs: the slot, its GPU, and the job of a batch system with its node. */
export interface StagePosition {
  readonly slot: number;
  /** For instance `GPU 0`. */
  readonly gpu?: string;
  readonly job?: string;
  readonly node?: string;
}

export interface QueuedJob {
  readonly id: string;
  /** Why it waits, in the words of the batch system. */
  readonly reason: string;
}

/** Location of a data set, for the pages. */
export interface RecordedDataset extends DatasetLocation {
  /** Annotations of unlabelled images, where they are known; given only to the check of pseudo-labels. */
  readonly truth?: string;
}

/** Role → other role → ids of its images whose bytes the other role's data hold too; empty lists are left out. */
export type ImageCopies = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/**
 * One listener of a run: terminal, database, JSON lines. The scheduler calls the hooks in order and waits for
 * each, so that the database never runs ahead of the disk.
 */
export interface RunListener {
  runStarted?(event: {
    plan: Plan;
    environment: RunEnvironment;
    reused: readonly string[];
    slots: number;
    command: string;
    /** Artifacts that were found incomplete or altered, moved aside, and will be rebuilt. */
    quarantined?: readonly Quarantined[];
    /** Data sets of the run by content digest; the pages draw on their images. */
    datasets?: Readonly<Record<string, RecordedDataset>>;
    /** Images that several roles hold; absent where they were not compared. */
    copies?: ImageCopies;
    /** All plugins that were found, broken ones included. */
    plugins?: readonly PluginSummary[];
  }): Promise<void> | void;
  /** A stage waits in the queue of a batch system. */
  stageQueued?(event: { stage: PlannedStage; job: QueuedJob }): Promise<void> | void;
  /** More than once for a stage whose job was requeued. */
  stageStarted?(event: { stage: PlannedStage; attempt: number } & StagePosition): Promise<void> | void;
  stageProgress?(event: { stage: PlannedStage; progress: StageProgress }): Promise<void> | void;
  stageFinished?(event: {
    stage: PlannedStage;
    result: StageResult;
    /** Of the machine that ran it. */
    environment?: RunEnvironment;
  }): Promise<void> | void;
  stageFailed?(event: { stage: PlannedStage; failure: StageFailure }): Promise<void> | void;
  /** A stage that never ran because a parent failed. */
  stageBlocked?(event: { stage: PlannedStage; because: PlannedStage }): Promise<void> | void;
  /** Somebody asked the run to stop; `atOnce` at the second time. */
  runStopping?(event: { atOnce: boolean }): Promise<void> | void;
  runFinished?(event: {
    finished: number;
    failed: number;
    blocked: number;
    cancelled: boolean;
    wallSeconds: number;
  }): Promise<void> | void;
}
