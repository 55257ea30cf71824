import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import type { ArtifactStore } from '../../core/artifact/artifact-store';
import { explainStorageError } from '../../core/files/storage-error';
import type { PlannedStage } from '../../core/plan/stage';
import { RethinkError } from '../../contract';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import type { AttemptFailure, StageFailure } from '../../core/plan/failure';
import type { FailureRecords } from './failure-records';
import { limitsOf } from './limits';
import type { EventOf, Listeners } from './listeners';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import type { Blocked, Scheduler } from './scheduler';
import { readCpuShare, type Slot } from './slots';
import { attemptStage } from './stage-attempt';
import { StageLog } from './stage-log';
import type { WorkspaceLock } from './workspace-lock';
import type { RunOptions } from './run-options';
import { Workspace } from '../../core/artifact/workspace';

const DEFAULT_GRACE_SECONDS = 10;
/** With less than this left after a full disk, the next stage would fail alike. */
const LOW_DISK_BYTES = 64 * 2 ** 20;

interface Services {
  readonly store: ArtifactStore;
  readonly listeners: Listeners;
  readonly environment: RunEnvironment;
  readonly slots: readonly Slot[];
  readonly lock: WorkspaceLock;
  readonly failures: FailureRecords;
  readonly scheduler: Scheduler;
}

/** Failures after which the same resume point would only lead to the same failure. */
const spoilsResume: ReadonlySet<StageFailure['kind']> = new Set(['error', 'diverged', 'crash']);

export interface PlanRunResult {
  readonly finished: readonly string[];
  readonly failed: readonly { readonly stage: PlannedStage; readonly failure: StageFailure }[];
  readonly blocked: readonly Blocked[];
  readonly cancelled: boolean;
  readonly stopped?: { readonly code: string; readonly message: string; readonly hint?: string };
  /** What made it impossible to record what happens. */
  readonly fatal?: { readonly error: unknown };
}

/** Brings scheduler, slots, processes and store together, for one run. */
export class PlanRun {
  private readonly stop = new AbortController();
  private readonly kill = new AbortController();
  private readonly workspace: Workspace;
  private readonly free: Slot[];
  private readonly running = new Set<Promise<void>>();
  private readonly attempts = new Map<string, number>();
  /** Seconds of attempts that failed, in this run and, as far as it is recorded, in an earlier one. */
  private readonly failedSeconds = new Map<string, number>();
  private readonly finished: string[] = [];
  private readonly failed: { stage: PlannedStage; failure: StageFailure }[] = [];
  private readonly blocked: Blocked[] = [];
  private stopped?: PlanRunResult['stopped'];
  private fatal?: { error: unknown };

  constructor(
    private readonly options: RunOptions,
    private readonly services: Services,
  ) {
    this.workspace = new Workspace(options.workspace);
    this.free = [...services.slots];
  }

  async toEnd(): Promise<PlanRunResult> {
    const { signal, killSignal } = this.options;
    const stop = (): void => {
      this.stop.abort();
      this.tell('runStopping', { atOnce: false });
    };
    const kill = (): void => {
      this.stop.abort();
      this.kill.abort();
      this.tell('runStopping', { atOnce: true });
    };
    signal?.addEventListener('abort', stop);
    killSignal?.addEventListener('abort', kill);
    if (signal?.aborted) stop();
    if (killSignal?.aborted) kill();
    try {
      for (;;) {
        while (!this.stop.signal.aborted && this.free.length > 0 && this.startNext());
        if (this.running.size === 0) break;
        await Promise.race(this.running);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      killSignal?.removeEventListener('abort', kill);
    }
    const { finished, failed, blocked, stopped, fatal } = this;
    const byUser = signal?.aborted === true || killSignal?.aborted === true;
    return {
      finished,
      failed,
      blocked,
      stopped,
      fatal,
      cancelled: byUser && !this.services.scheduler.settled,
    };
  }

  private startNext(): boolean {
    const stage = this.services.scheduler.start();
    if (stage === undefined) return false;
    const slot = this.free.shift()!;
    const work = this.runStage(stage, slot)
      .catch((error: unknown) => {
        // A listener or the workspace itself failed: what follows could not be recorded.
        this.fatal ??= { error };
        this.stop.abort();
      })
      .finally(() => {
        this.running.delete(work);
        this.free.push(slot);
        this.free.sort((a, b) => a.number - b.number);
      });
    this.running.add(work);
    return true;
  }

  private async runStage(stage: PlannedStage, slot: Slot): Promise<void> {
    const { failures, listeners, scheduler } = this.services;
    const earlier = this.options.retryFailed === false ? failures.read(stage.key) : undefined;
    if (earlier !== undefined) return this.giveUp(stage, earlier);

    const attempt = (this.attempts.get(stage.key) ?? 0) + 1;
    this.attempts.set(stage.key, attempt);
    await listeners.emit('stageStarted', { stage, slot: slot.number, attempt });
    const startedAt = new Date().toISOString();
    const start = performance.now();
    const before = this.failedSeconds.get(stage.key) ?? failures.read(stage.key)?.seconds ?? 0;
    this.failedSeconds.set(stage.key, before);
    const failed = await this.attempt(stage, slot, attempt);
    if (failed === undefined) return;
    const seconds = before + (performance.now() - start) / 1000;
    this.failedSeconds.set(stage.key, seconds);

    // A full disk may have been another stage's doing, whose files are gone by now.
    const passing = failed.kind === 'crash' || (failed.code === 'DISK_FULL' && !this.diskIsLow());
    if (passing && attempt <= (this.options.crashRetries ?? 1) && !this.stop.signal.aborted) {
      scheduler.retry(stage.key);
      return;
    }
    const failure: StageFailure = {
      ...failed,
      logFile: this.workspace.log(stage.key),
      startedAt,
      endedAt: new Date().toISOString(),
      seconds,
    };
    if (failed.kind === 'cancelled') {
      await listeners.emit('stageFailed', { stage, failure });
      return;
    }
    const storage = failed.code === 'DISK_FULL' || failed.code === 'READ_ONLY';
    if (spoilsResume.has(failed.kind) && !storage) this.remove(this.workspace.resumePoint(stage.key));
    if (storage && this.diskIsLow()) {
      this.stopped = { code: failed.code, message: failed.message, hint: failed.hint };
      this.stop.abort();
    }
    await this.giveUp(stage, failure);
  }

  private async giveUp(stage: PlannedStage, failure: StageFailure): Promise<void> {
    const { failures, listeners, scheduler } = this.services;
    this.failed.push({ stage, failure });
    try {
      failures.write(stage, failure);
    } catch (error) {
      // On a full disk the record is lost; the run's summary still has it, and the stage runs again next time.
      if (explainStorageError(error) === undefined) throw error;
    }
    await listeners.emit('stageFailed', { stage, failure });
    for (const blocked of scheduler.fail(stage.key)) {
      this.blocked.push(blocked);
      await listeners.emit('stageBlocked', blocked);
    }
  }

  /** Runs a stage once and, when it ends well, puts its artifact into the store and says so. */
  private async attempt(
    stage: PlannedStage,
    slot: Slot,
    attempt: number,
  ): Promise<AttemptFailure | undefined> {
    const { store, listeners, scheduler, failures } = this.services;
    let draft: string | undefined;
    let log: StageLog | undefined;
    try {
      draft = store.createDraft(stage.key);
      log = new StageLog(this.workspace.log(stage.key));
      log.note('started', {
        stage: stage.key,
        kind: stage.kind,
        label: stage.label,
        attempt,
        slot: slot.number,
      });
      const failed = await this.runProcess(stage, slot, draft, log);
      log.note(failed === undefined ? 'done' : 'failed', failed === undefined ? {} : { ...failed });
      if (failed !== undefined) return failed;
      const { outcome, ledger, startedAt, endedAt } = readOutcomeFile(draft);
      store.publish(stage.key, draft);
      failures.remove(stage.key);
      this.remove(this.workspace.resumePoint(stage.key));
      this.finished.push(stage.key);
      await listeners.emit('stageFinished', { stage, result: { outcome, ledger, startedAt, endedAt } });
      scheduler.finish(stage.key);
      return undefined;
    } catch (error) {
      const known = error instanceof RethinkError ? error : explainStorageError(error);
      if (known === undefined || this.finished.includes(stage.key)) throw error;
      return { kind: 'error', code: known.code, message: known.message, hint: known.hint };
    } finally {
      log?.close();
      if (draft !== undefined) store.discardDraft(draft);
    }
  }

  private runProcess(
    stage: PlannedStage,
    slot: Slot,
    outputFolder: string,
    log: StageLog,
  ): Promise<AttemptFailure | undefined> {
    const { store, slots, environment, lock } = this.services;
    const { options } = this;
    const resumeFolder = this.workspace.resumePoint(stage.key);
    mkdirSync(resumeFolder, { recursive: true });
    return attemptStage({
      job: {
        stage,
        inputFolders: Object.fromEntries(
          Object.entries(stage.inputs).map(([name, key]) => [name, store.folder(key)]),
        ),
        datasets: options.datasets,
        pluginEntries: options.pluginEntries,
        backend: options.backend,
        threads: options.threads ?? 1,
        cores: Math.max(1, slot.cores.length || Math.floor(readCpuShare().count / slots.length)),
        outputFolder,
        resumeFolder,
        failedSeconds: this.failedSeconds.get(stage.key),
        hiddenTruth: readsUnlabelled(stage) ? options.hiddenTruth : undefined,
        custom: stage.kind === 'custom' ? options.customOf?.(stage) : undefined,
      },
      slot,
      limits: limitsOf(stage, options, slots.length),
      environment,
      log,
      runnersModule: options.runnersModule,
      graceSeconds: options.graceSeconds ?? DEFAULT_GRACE_SECONDS,
      stop: this.stop.signal,
      kill: this.kill.signal,
      progress: (progress) => {
        this.tell('stageProgress', { stage, progress });
      },
      started: (identity) => lock.childStarted(identity),
      ended: (pid) => lock.childEnded(pid),
    });
  }

  /** Tells the listeners something that nothing waits for. */
  private tell<Hook extends 'stageProgress' | 'runStopping'>(hook: Hook, event: EventOf<Hook>): void {
    this.services.listeners.emit(hook, event).catch((error: unknown) => {
      this.fatal ??= { error };
      this.stop.abort();
    });
  }

  private diskIsLow(): boolean {
    const { bavail, bsize } = statfsSync(this.options.workspace);
    return bavail * bsize < LOW_DISK_BYTES;
  }

  private remove(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readsUnlabelled(stage: PlannedStage): boolean {
  return stage.kind === 'pseudo-label' && stage.parameters.images.role === 'unlabelled';
}
