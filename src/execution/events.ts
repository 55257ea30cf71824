import type { Plan } from '../benchmark/plan';
import type { PlannedStage } from '../benchmark/stage';
import type { StageOutcome, StageProgress } from './stage-services';
import type { Ledger } from '../cost/ledger';

/** The machine and the software that ran a stage; captured, never typed. */
export interface RunEnvironment {
  readonly hostname: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly gpu?: string;
  readonly node: string;
  readonly backend: string;
  /** Version of the tensor engine, for instance `TensorFlow 2.21.0`. */
  readonly engine: string;
  readonly rethink: string;
  readonly commit?: string;
  /** True where the working tree differs from the commit. */
  readonly dirty?: boolean;
}

export interface StageResult {
  readonly outcome: StageOutcome;
  readonly ledger: Ledger;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** `diverged`: the loss became NaN or exploded. `cancelled`: Ctrl-C; it is not a failure and is not counted as one. */
export type FailureKind = 'error' | 'diverged' | 'timeout' | 'memory' | 'crash' | 'cancelled';

export interface StageFailure {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The stage's log. */
  readonly logFile: string;
  readonly startedAt: string;
  readonly endedAt: string;
}

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
  }): Promise<void> | void;
  stageStarted?(event: { stage: PlannedStage; slot: number; attempt: number }): Promise<void> | void;
  stageProgress?(event: { stage: PlannedStage; progress: StageProgress }): Promise<void> | void;
  stageFinished?(event: { stage: PlannedStage; result: StageResult }): Promise<void> | void;
  stageFailed?(event: { stage: PlannedStage; failure: StageFailure }): Promise<void> | void;
  /** A stage that never ran because a parent failed. */
  stageBlocked?(event: { stage: PlannedStage; because: PlannedStage }): Promise<void> | void;
  runFinished?(event: {
    finished: number;
    failed: number;
    blocked: number;
    cancelled: boolean;
    wallSeconds: number;
  }): Promise<void> | void;
}
