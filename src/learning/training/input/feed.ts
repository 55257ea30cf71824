import type { Logger } from '../../../contract';
import type { FileAccessAudit } from '../../../core/process/file-access-audit';
import type { InputArrays, InputPlan } from './input-plan';

/** A training stage's inputs, step by step. */
export interface InputFeed {
  /** Threads that prepare inputs; 0: the caller's own. */
  readonly threads: number;
  /** Seconds that preparing took so far, of all threads together. */
  readonly busySeconds: number;
  /** Inputs of the next step, all but the scalars. The next call overwrites the arrays. */
  next(): Promise<InputArrays>;
  /** Ends the threads. */
  close(): Promise<void>;
}

export interface InputFeedOptions {
  readonly plan: InputPlan;
  readonly logger: Logger;
  /** The first step to come, from 0, and the end of the steps. */
  readonly firstStep: number;
  readonly steps: number;
  readonly threads: number;
  /** The stage's audit of validation images; each thread has its own and reports to it. */
  readonly watch?: FileAccessAudit;
}
