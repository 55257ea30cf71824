import type { AttemptFailure, StageError } from '../../core/plan/failure';
import type { PlannedStage } from '../../core/plan/stage';
import type { QueuedJob, StagePosition } from '../../core/plan/run-events';
import type { StageJob, StageProgress } from '../../core/plan/stage-job';

/** The part of a stage's job that does not depend on where it runs. */
export type PortableJob = Omit<StageJob, 'outputFolder' | 'cores'>;

/** One attempt at a stage. */
export interface StageRequest {
  readonly job: PortableJob;
  /** From 1, within the run. */
  readonly attempt: number;
  /** Short stages that can only run after this one, in their order: they may be run together with it. */
  readonly followers: readonly PortableJob[];
  /** The stage is to end at a point from which it can go on. */
  readonly stop: AbortSignal;
  /** The stage is to end at once. */
  readonly kill: AbortSignal;
  /** The stage waits in the queue of a batch system, perhaps again after its job was preempted. */
  queued(job: QueuedJob): Promise<void>;
  /** To be called, and waited for, before the stage runs. */
  started(position: StagePosition): Promise<void>;
  progress(progress: StageProgress): void;
}

export interface FailedAttempt extends AttemptFailure {
  /** Seconds that the attempt took, by a monotonic clock. */
  readonly seconds: number;
}

/** Where stages run. It knows neither plans nor order nor retries. */
export interface Executor {
  /** Number of stages that may be under way at once. */
  readonly slots: number;
  /** Whether a stage can start now; any can by default. */
  hasRoom?(stage: PlannedStage): boolean;
  /** Why stages can never start any more, although others may. */
  readonly closed?: StageError;
  /**
   * Runs a stage once, or joins the attempt that is under way.
   *
   * @returns `undefined` once the stage's artifact is in the store
   */
  attempt(request: StageRequest): Promise<FailedAttempt | undefined>;
}
