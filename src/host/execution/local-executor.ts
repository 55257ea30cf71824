import { mkdirSync } from 'node:fs';
import type { ArtifactStore } from '../../core/artifact/artifact-store';
import { Workspace } from '../../core/artifact/workspace';
import { explainStorageError } from '../../core/files/storage-error';
import { RethinkError } from '../../contract';
import type { AttemptFailure } from '../../core/plan/failure';
import type { Executor, FailedAttempt, StageRequest } from './executor';
import { type LimitOptions, limitsOf } from './limits';
import { readCpuShare, type Slot } from './slots';
import { attemptStage, type ProcessOptions } from './stage-attempt';
import { StageLog } from './stage-log';

export interface LocalOptions extends LimitOptions, ProcessOptions {
  readonly workspace: string;
  readonly store: ArtifactStore;
}

/** Runs stages in processes of this machine, each on a slot. */
export class LocalExecutor implements Executor {
  readonly slots: number;
  private readonly free: Slot[];
  private readonly workspace: Workspace;

  constructor(
    slots: readonly Slot[],
    private readonly options: LocalOptions,
  ) {
    this.slots = slots.length;
    this.free = [...slots];
    this.workspace = new Workspace(options.workspace);
  }

  async attempt(request: StageRequest): Promise<FailedAttempt | undefined> {
    const slot = this.free.shift();
    if (slot === undefined) throw new TypeError('no slot is free');
    try {
      await request.started(slot.number);
      const start = performance.now();
      const failure = await this.runOn(slot, request);
      return failure && { ...failure, seconds: (performance.now() - start) / 1000 };
    } finally {
      this.free.push(slot);
      this.free.sort((a, b) => a.number - b.number);
    }
  }

  /** Runs the stage and puts its artifact into the store. */
  private async runOn(slot: Slot, request: StageRequest): Promise<AttemptFailure | undefined> {
    const { store } = this.options;
    const { key, kind, label } = request.job.stage;
    let draft: string | undefined;
    let log: StageLog | undefined;
    try {
      draft = store.createDraft(key);
      log = new StageLog(this.workspace.log(key));
      log.note('started', { stage: key, kind, label, attempt: request.attempt, slot: slot.number });
      const failure = await this.runProcess(slot, request, draft, log);
      log.note(failure === undefined ? 'done' : 'failed', { ...failure });
      if (failure === undefined) store.publish(key, draft);
      return failure;
    } catch (error) {
      const known = error instanceof RethinkError ? error : explainStorageError(error);
      if (known === undefined) throw error;
      return { kind: 'error', code: known.code, message: known.message, hint: known.hint };
    } finally {
      log?.close();
      if (draft !== undefined) store.discardDraft(draft);
    }
  }

  private runProcess(
    slot: Slot,
    request: StageRequest,
    outputFolder: string,
    log: StageLog,
  ): Promise<AttemptFailure | undefined> {
    const { options, slots } = this;
    const { job } = request;
    mkdirSync(job.resumeFolder, { recursive: true });
    const cores = Math.max(1, slot.cores.length || Math.floor(readCpuShare().count / slots));
    return attemptStage({
      ...options,
      ...request,
      job: { ...job, cores, outputFolder },
      slot,
      limits: limitsOf(job.stage, options, slots),
      log,
    });
  }
}
