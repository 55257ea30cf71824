import { rmSync, statfsSync } from 'node:fs';
import type { ArtifactStore } from '../../core/artifact/artifact-store';
import { explainStorageError } from '../../core/files/storage-error';
import type { PlannedStage } from '../../core/plan/stage';
import type { Executor, FailedAttempt, PortableJob } from './executor';
import type { StageError, StageFailure } from '../../core/plan/failure';
import type { FailureRecords } from './failure-records';
import type { EventOf, Listeners } from './listeners';
import { readOutcomeFile } from '../../core/plan/outcome-file';
import type { Blocked, Scheduler } from './scheduler';
import type { RunOptions } from './run-options';
import { Workspace } from '../../core/artifact/workspace';

/** With less than this left after a full disk, the next stage would fail as well. */
const LOW_DISK_BYTES = 64 * 2 ** 20;

interface Services {
  readonly store: ArtifactStore;
  readonly listeners: Listeners;
  readonly executor: Executor;
  readonly failures: FailureRecords;
  readonly scheduler: Scheduler;
}

/** Failures that would repeat themselves from the same resume point. */
const spoilsResume: ReadonlySet<StageFailure['kind']> = new Set(['error', 'diverged', 'crash']);

export interface PlanRunResult {
  readonly finished: readonly string[];
  readonly failed: readonly { readonly stage: PlannedStage; readonly failure: StageFailure }[];
  readonly blocked: readonly Blocked[];
  readonly cancelled: boolean;
  /** Why the run ended early by itself: a full disk, or no GPU left. */
  readonly stopped?: StageError;
  /** The error because of which nothing could be recorded any more. */
  readonly fatal?: { readonly error: unknown };
}

/** Brings scheduler, executor and store together, for one run: order, retries, records and events. */
export class PlanRun {
  private readonly stop = new AbortController();
  private readonly kill = new AbortController();
  private readonly workspace: Workspace;
  private readonly running = new Set<Promise<void>>();
  private readonly attempts = new Map<string, number>();
  private readonly startedAt = new Map<string, string>();
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
    const { executor } = this.services;
    try {
      for (;;) {
        while (!this.stop.signal.aborted && this.running.size < executor.slots && this.startNext());
        if (this.running.size === 0) break;
        await Promise.race(this.running);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      killSignal?.removeEventListener('abort', kill);
    }
    const { finished, failed, blocked, stopped, fatal } = this;
    const byUser = signal?.aborted === true || killSignal?.aborted === true;
    const isSettled = this.services.scheduler.settled;
    return {
      finished,
      failed,
      blocked,
      stopped: stopped ?? (isSettled ? undefined : executor.closed),
      fatal,
      cancelled: byUser && !isSettled,
    };
  }

  private startNext(): boolean {
    const { executor, scheduler } = this.services;
    const stage = scheduler.start((candidate) => executor.hasRoom?.(candidate) ?? true);
    if (stage === undefined) return false;
    const work = this.runStage(stage)
      .catch((error: unknown) => {
        // A listener or the workspace itself failed: later events could not be recorded.
        this.fatal ??= { error };
        this.stop.abort();
      })
      .finally(() => this.running.delete(work));
    this.running.add(work);
    return true;
  }

  private async runStage(stage: PlannedStage): Promise<void> {
    const { failures, listeners, scheduler } = this.services;
    const earlier = failures.read(stage.key);
    if (earlier !== undefined && this.options.retryFailed === false) return this.giveUp(stage, earlier);

    const attempt = (this.attempts.get(stage.key) ?? 0) + 1;
    this.attempts.set(stage.key, attempt);
    const before = this.failedSeconds.get(stage.key) ?? earlier?.seconds ?? 0;
    this.failedSeconds.set(stage.key, before);
    const failed = await this.attempt(stage, attempt);
    if (failed === undefined) return this.recordFinished(stage);
    const seconds = before + failed.seconds;
    this.failedSeconds.set(stage.key, seconds);

    // Another stage may have filled the disk and removed its files by now.
    const passing = failed.kind === 'crash' || (failed.code === 'DISK_FULL' && !this.diskIsLow());
    if (passing && attempt <= (this.options.crashRetries ?? 1) && !this.stop.signal.aborted) {
      scheduler.retry(stage.key);
      return;
    }
    const failure: StageFailure = {
      ...failed,
      logFile: this.workspace.log(stage.key),
      startedAt: this.startedAt.get(stage.key) ?? new Date().toISOString(),
      endedAt: new Date().toISOString(),
      seconds,
    };
    if (failed.kind === 'cancelled') {
      await listeners.emit('stageFailed', { stage, failure });
      return;
    }
    const storage = failed.code === 'DISK_FULL' || failed.code === 'READ_ONLY';
    const isOfMachine = storage || failed.code === 'GPU_LOST';
    if (spoilsResume.has(failed.kind) && !isOfMachine) this.remove(this.workspace.resumePoint(stage.key));
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
      // On a full disk the record is lost; the run's summary has it, and the next run retries the stage.
      if (explainStorageError(error) === undefined) throw error;
    }
    await listeners.emit('stageFailed', { stage, failure });
    for (const blocked of scheduler.fail(stage.key)) {
      this.blocked.push(blocked);
      await listeners.emit('stageBlocked', blocked);
    }
  }

  private attempt(stage: PlannedStage, attempt: number): Promise<FailedAttempt | undefined> {
    const { listeners, executor, scheduler, failures } = this.services;
    const followers = scheduler.followers(stage.key).filter(({ key }) => failures.read(key) === undefined);
    return executor.attempt({
      job: this.jobOf(stage),
      attempt,
      followers: followers.map((follower) => this.jobOf(follower)),
      stop: this.stop.signal,
      kill: this.kill.signal,
      queued: (job) => listeners.emit('stageQueued', { stage, job }),
      started: (position) => {
        this.startedAt.set(stage.key, new Date().toISOString());
        return listeners.emit('stageStarted', { stage, ...position, attempt });
      },
      progress: (progress) => this.tell('stageProgress', { stage, progress }),
    });
  }

  private async recordFinished(stage: PlannedStage): Promise<void> {
    const { store, listeners, scheduler, failures } = this.services;
    const { outcome, ledger, startedAt, endedAt, environment } = readOutcomeFile(store.folder(stage.key));
    failures.remove(stage.key);
    this.remove(this.workspace.resumePoint(stage.key));
    this.finished.push(stage.key);
    const result = { outcome, ledger, startedAt, endedAt };
    await listeners.emit('stageFinished', { stage, result, environment });
    scheduler.finish(stage.key);
  }

  private jobOf(stage: PlannedStage): PortableJob {
    const { store } = this.services;
    const { datasets, pluginEntries, backend, threads = 1, hiddenTruth, customOf } = this.options;
    return {
      stage,
      inputFolders: Object.fromEntries(
        Object.entries(stage.inputs).map(([name, key]) => [name, store.folder(key)]),
      ),
      datasets,
      pluginEntries,
      backend,
      threads,
      resumeFolder: this.workspace.resumePoint(stage.key),
      failedSeconds: this.failedSeconds.get(stage.key),
      hiddenTruth: readsUnlabelled(stage) ? hiddenTruth : undefined,
      custom: stage.kind === 'custom' ? customOf?.(stage) : undefined,
    };
  }

  /** Notifies the listeners without waiting for them. */
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
  return (
    (stage.kind === 'pseudo-label' || stage.kind === 'oracle-label') &&
    stage.parameters.images.role === 'unlabelled'
  );
}
