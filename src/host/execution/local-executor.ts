import { mkdirSync } from 'node:fs';
import type { ArtifactStore } from '../../core/artifact/artifact-store';
import { Workspace } from '../../core/artifact/workspace';
import { explainStorageError } from '../../core/files/storage-error';
import { RethinkError } from '../../contract';
import type { AttemptFailure, StageError } from '../../core/plan/failure';
import type { PlannedStage } from '../../core/plan/stage';
import { stageKinds } from '../../core/plan/stage-kinds';
import type { Executor, FailedAttempt, StageRequest } from './executor';
import type { Gpu } from '../../core/plan/gpu';
import { isLost } from './gpus';
import { type LimitOptions, limitsOf } from './limits';
import { formatSlot, readCpuShare, type Slot } from './slots';
import { attemptStage, type ProcessOptions } from './stage-attempt';
import { StageLog } from './stage-log';

export interface LocalOptions extends LimitOptions, ProcessOptions {
  readonly workspace: string;
  readonly store: ArtifactStore;
}

/** Runs stages in processes of this machine, each on a slot. */
export class LocalExecutor implements Executor {
  readonly slots: number;
  /** Why a GPU was given up, once there is none left. */
  closed?: StageError;
  private readonly free: Slot[];
  private readonly workspace: Workspace;
  /** Whether there are slots with a GPU, and slots for stages that use none. */
  private readonly isMixed: boolean;
  private readonly lost = new Set<Gpu>();

  constructor(
    private readonly all: readonly Slot[],
    private readonly options: LocalOptions,
  ) {
    this.slots = all.length;
    this.free = [...all];
    this.isMixed = new Set(all.map(({ gpu }) => gpu === undefined)).size > 1;
    this.workspace = new Workspace(options.workspace);
  }

  hasRoom(stage: PlannedStage): boolean {
    return this.free.some((slot) => this.suits(slot, stage));
  }

  async attempt(request: StageRequest): Promise<FailedAttempt | undefined> {
    const index = this.free.findIndex((slot) => this.suits(slot, request.job.stage));
    const [slot] = index < 0 ? [] : this.free.splice(index, 1);
    if (slot === undefined) throw new TypeError('no slot is free');
    try {
      await request.started({ slot: slot.number, gpu: slot.gpu?.label });
      const start = performance.now();
      const failure = await this.runOn(slot, request);
      const seconds = (performance.now() - start) / 1000;
      return failure && { ...(await this.checkGpu(slot, failure)), seconds };
    } finally {
      if (this.isOpen(slot)) this.free.push(slot);
      this.free.sort((a, b) => a.number - b.number);
    }
  }

  /** Stages that use the engine compute on GPUs where there are any, and leave the other slots to the others. */
  private suits(slot: Slot, { kind }: PlannedStage): boolean {
    if (!this.isOpen(slot)) return false;
    return !this.isMixed || (slot.gpu !== undefined) === stageKinds[kind].usesEngine;
  }

  private isOpen({ gpu }: Slot): boolean {
    return gpu === undefined || !this.lost.has(gpu);
  }

  /** After a failure: the failure, or that the GPU is gone, which closes its slots. */
  private async checkGpu({ gpu }: Slot, failure: AttemptFailure): Promise<AttemptFailure> {
    if (gpu === undefined || failure.kind === 'cancelled' || !(await isLost(gpu))) return failure;
    this.lost.add(gpu);
    const lost = {
      code: 'GPU_LOST',
      message: `${gpu.label} (${gpu.name}) disappeared during the stage: ${failure.message}`,
      hint: 'Look at the output of nvidia-smi and dmesg; the stage resumes in the next run.',
    };
    if (this.all.every((slot) => slot.gpu === undefined || !this.isOpen(slot))) this.closed = lost;
    return { kind: 'error', ...lost };
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
      log.note('started', { stage: key, kind, label, attempt: request.attempt, slot: formatSlot(slot) });
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
