import type { Quarantined } from '../artifact/artifact-store';
import type { Plan } from './plan';
import type { PlannedStage } from './stage';
import type { PluginKind } from '../../contract';
import type { StageFailure } from './failure';
import type { Ledger, RunEnvironment, StageOutcome } from './outcome-schema';
import type { DatasetLocation, StageProgress } from './stage-job';

export interface StageResult {
  readonly outcome: StageOutcome;
  readonly ledger: Ledger;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** A plugin for the pages: what it says of itself, or why it can't be used. */
export interface PluginSummary {
  readonly kind: PluginKind;
  readonly name: string;
  readonly status: 'ok' | 'broken';
  /** Why it is broken, with its code. */
  readonly code?: string;
  readonly reason?: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly version?: string;
  /** Digest of the code that was found; what was checked is found by it. */
  readonly codeDigest?: string;
  readonly description?: string;
  readonly options?: readonly {
    readonly name: string;
    readonly type: string;
    readonly default?: unknown;
    readonly description?: string;
  }[];
  readonly authors?: readonly string[];
  /** Paper or page that it follows. */
  readonly source?: string;
}

/** Where data lie, for the pages. */
export interface RecordedDataset extends DatasetLocation {
  /** Of unlabelled images whose objects are known: the annotation file. No stage but pseudo-labelling's check is told. */
  readonly truth?: string;
}

/** Role → other role → ids of its images whose bytes the other role's data hold too; empty lists are left out. */
export type ImageCopies = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/**
 * One listener of a run: terminal, database, JSON lines. The scheduler calls the hooks in order and waits for
 * each, so that what the database says never runs ahead of the disk.
 */
export interface RunListener {
  runStarted?(event: {
    plan: Plan;
    environment: RunEnvironment;
    reused: readonly string[];
    slots: number;
    command: string;
    /** Artifacts that were found torn or altered, moved aside, and will be made again. */
    quarantined?: readonly Quarantined[];
    /** Where the data of the run lie, by content digest; the pages draw on their images. */
    datasets?: Readonly<Record<string, RecordedDataset>>;
    /** Images that several roles hold; absent where they were not compared. */
    copies?: ImageCopies;
    /** All plugins that were found, broken ones included. */
    plugins?: readonly PluginSummary[];
  }): Promise<void> | void;
  stageStarted?(event: { stage: PlannedStage; slot: number; attempt: number }): Promise<void> | void;
  stageProgress?(event: { stage: PlannedStage; progress: StageProgress }): Promise<void> | void;
  stageFinished?(event: { stage: PlannedStage; result: StageResult }): Promise<void> | void;
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
