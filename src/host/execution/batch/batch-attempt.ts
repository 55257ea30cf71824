import type { ArtifactStore } from '../../../core/artifact/artifact-store';
import { Workspace } from '../../../core/artifact/workspace';
import { explainStorageError } from '../../../core/files/storage-error';
import { RethinkError } from '../../../contract';
import type { AttemptFailure } from '../../../core/plan/failure';
import { nodeArguments } from '../../../core/process/node-arguments';
import type { FailedAttempt, StageRequest } from '../executor';
import type { BatchEnding, BatchSystem } from './batch-system';
import type { BatchJobs } from './batch-jobs';
import { type JobFile, JobFolder, type JobStart, type WorkerOptions } from './job-folder';

const workerFile = require.resolve('./worker');

export interface BatchOptions extends WorkerOptions {
  readonly workspace: string;
  readonly store: ArtifactStore;
  readonly system: BatchSystem;
  /** How long a file may take to become visible after its job has ended; 15 s by default. */
  readonly latencyMs?: number;
  /** What happens to the jobs when the run is stopped; asked once. They are cancelled by default. */
  readonly whenStopped?: () => Promise<'detach' | 'cancel'>;
}

/** Command of a worker, which runs stages one after the other. */
export const workerCommand = (workspace: string, keys: readonly string[]): string[] => [
  process.execPath,
  ...nodeArguments,
  workerFile,
  workspace,
  ...keys,
];

const cancelled = {
  kind: 'cancelled',
  code: 'CANCELLED',
  message: 'The run was stopped.',
  seconds: 0,
} as const;

/** One attempt at a stage, which takes as many jobs as it requires. */
export class BatchAttempt {
  private readonly folder: JobFolder;
  private readonly latencyMs: number;
  /** Id of the job, as soon as it is known. */
  private id?: string;
  private leader: string;
  private started?: JobStart;
  private hasQueued = false;
  /** Answers of the system when the stage started: older ones still call it queued. */
  private answersAtStart = -1;
  private lastProgress = '';
  private goneSince?: number;
  /** Whether the job was cancelled, and whether immediately. */
  private cancelled?: boolean;

  constructor(
    private readonly options: BatchOptions,
    private readonly jobs: BatchJobs,
    private readonly request: StageRequest,
    private readonly slot: number,
  ) {
    this.leader = this.key;
    this.folder = new JobFolder(options.workspace, this.key);
    this.latencyMs = options.latencyMs ?? 15_000;
  }

  private get key(): string {
    return this.request.job.stage.key;
  }

  /** @returns `undefined` once the stage's artifact is in the store */
  async toEnd(): Promise<FailedAttempt | undefined> {
    const { stop } = this.request;
    if (!(await this.jobs.answered(stop))) return cancelled;
    if (!this.joins()) {
      const failure = await this.submit(this.request.job, {});
      if (failure !== undefined) return failure;
    }
    for (;;) {
      await this.jobs.nextLook();
      if (stop.aborted || this.request.kill.aborted) {
        const failure = await this.stop();
        if (failure !== undefined) return failure;
      }
      const end = await this.look();
      if (end !== undefined) return end.failure;
    }
  }

  /** Whether the stage is under way already, or ended without a host that noticed. */
  private joins(): boolean {
    const file = this.folder.read('job');
    if (file === undefined) return false;
    const ended = this.folder.read('end') !== undefined;
    if (!ended && !this.jobs.isLive(file.leader)) return false;
    this.leader = file.leader;
    return true;
  }

  /** Prepares the stage and those that follow it in the same job, and submits the job once the system takes it. */
  private async submit(
    job: StageRequest['job'],
    more: Pick<JobFile, 'earlierFrom'> & { queuedSeconds?: number },
  ): Promise<FailedAttempt | undefined> {
    const { request, options, key } = this;
    const { workspace, store: _, system, latencyMs: __, whenStopped: ___, ...workerOptions } = options;
    const paths = new Workspace(workspace);
    const file: JobFile = {
      schemaVersion: 1,
      leader: key,
      job,
      attempt: request.attempt,
      options: workerOptions,
      submittedAt: new Date().toISOString(),
      queuedSeconds: 0,
      ...more,
    };
    const followers = request.followers.filter(({ stage }) => !this.isElsewhere(stage.key));
    try {
      this.folder.prepare(file);
      for (const follower of followers) {
        new JobFolder(workspace, follower.stage.key).prepare({
          ...file,
          job: follower,
          attempt: 1,
          earlierFrom: undefined,
        });
      }
    } catch (error) {
      const known = explainStorageError(error);
      if (known === undefined) throw error;
      return { kind: 'error', code: known.code, message: known.message, hint: known.hint, seconds: 0 };
    }
    const keys = [key, ...followers.map(({ stage }) => stage.key)];
    this.leader = key;
    this.goneSince = undefined;
    this.hasQueued = false;
    for (;;) {
      if (request.stop.aborted) {
        this.folder.remove();
        return cancelled;
      }
      this.id = await system.submit({
        name: this.jobs.nameOf(key),
        command: workerCommand(workspace, keys),
        file: `${paths.job(key)}/job.json`,
        logFile: paths.jobLog(key),
      });
      if (this.id !== undefined) break;
      await this.jobs.nextLook();
    }
    this.jobs.noteSubmission(key);
    return undefined;
  }

  /** Whether a stage that could follow is part of another live job. */
  private isElsewhere(key: string): boolean {
    const file = new JobFolder(this.options.workspace, key).read('job');
    return file !== undefined && file.leader !== this.key && this.jobs.isLive(file.leader);
  }

  /** @returns the result if the attempt ends here */
  private async stop(): Promise<FailedAttempt | undefined> {
    const { request, options } = this;
    const choice = (await options.whenStopped?.()) ?? 'cancel';
    if (choice === 'detach')
      return { ...cancelled, code: 'DETACHED', message: 'The job goes on without this run.' };
    const state = this.jobs.stateOf(this.leader);
    const id = typeof state === 'object' ? state.id : this.id;
    const immediately = request.kill.aborted;
    if (id !== undefined && this.cancelled !== immediately) {
      this.cancelled = immediately;
      this.jobs.cancel(id, immediately);
    }
    // A job that is running saves its progress first.
    const isQueued = typeof state === 'object' && state.phase === 'queued';
    if (!immediately && (!isQueued || this.folder.read('start') !== undefined)) return undefined;
    await this.jobs.nextLook();
    return this.end(cancelled).failure;
  }

  private async look(): Promise<{ failure?: FailedAttempt } | undefined> {
    const { folder, options, key } = this;
    const state = this.jobs.stateOf(this.leader);
    if (typeof state === 'object') this.id = state.id;
    if (typeof state === 'object' && state.phase === 'queued' && this.isNewlyQueued()) {
      this.hasQueued = true;
      await this.request.queued({ id: state.id, reason: state.description });
    }
    await this.reportProgress();
    const end = folder.read('end');
    if (end === undefined && folder.read('job') === undefined && options.store.has(key)) return {};
    const interrupted = end?.failure?.kind === 'cancelled' && !this.request.stop.aborted;
    if (end !== undefined && !interrupted) {
      if (end.failure !== undefined) return this.end({ ...end.failure, seconds: folder.spentSeconds() });
      if (options.store.has(key)) return this.end();
    }
    if (state === 'unknown' || (state !== undefined && state.phase !== 'ended')) {
      this.goneSince = undefined;
      return undefined;
    }
    this.goneSince ??= performance.now();
    // The files of an interrupted stage are complete; others may become visible late.
    const isComplete = interrupted || (this.request.stop.aborted && this.started === undefined);
    if (!isComplete && performance.now() - this.goneSince < this.latencyMs) return undefined;
    return this.endedSilently(state?.description);
  }

  private isNewlyQueued(): boolean {
    return !this.hasQueued && this.jobs.answers > this.answersAtStart;
  }

  private async reportProgress(): Promise<void> {
    const { folder, request } = this;
    const start = folder.read('start');
    if (start === undefined) return;
    if (start.startedAt !== this.started?.startedAt) {
      this.started = start;
      this.hasQueued = false;
      this.answersAtStart = this.jobs.answers;
      await request.started({ slot: this.slot, job: start.id, node: start.node });
    }
    const { progress } = folder.read('progress') ?? {};
    const text = JSON.stringify(progress);
    if (progress === undefined || text === this.lastProgress) return;
    this.lastProgress = text;
    request.progress(progress);
  }

  private end(failure?: FailedAttempt): { failure?: FailedAttempt } {
    this.folder.remove();
    if (failure !== undefined) this.removeFollowers();
    return failure === undefined ? {} : { failure };
  }

  /** Stages that were to follow in the same job wait for this one again. */
  private removeFollowers(): void {
    for (const { stage } of this.request.followers) {
      const folder = new JobFolder(this.options.workspace, stage.key);
      if (folder.read('job')?.leader === this.key && folder.read('start') === undefined) folder.remove();
    }
  }

  /** A job that ended without a result of the stage. */
  private async endedSilently(
    description = 'unknown to the system',
  ): Promise<{ failure?: FailedAttempt } | undefined> {
    const { system } = this.options;
    const unknown: BatchEnding = { cause: 'interrupted', description };
    const ending = this.id === undefined ? unknown : await system.ending(this.id);
    if (this.request.stop.aborted) return this.end(cancelled);
    const seconds = this.folder.spentSeconds();
    switch (ending.cause) {
      case 'node':
        this.folder.remove();
        throw new RethinkError('BATCH_NODE', ending.description, { hint: ending.hint });
      case 'completed':
      case 'crash':
        // The job of the stage before it ended without this one.
        if (this.leader !== this.key && this.started === undefined)
          return this.resubmit({ ...ending, cause: 'interrupted' }, seconds);
        if (this.started === undefined) throw this.workerFailure(ending);
        return this.end({ ...failureOf(ending, system.name), seconds });
      case 'storage':
      case 'memory':
        return this.end({ ...failureOf(ending, system.name), seconds });
      case 'preempted':
      case 'interrupted':
        return this.resubmit(ending, seconds);
    }
  }

  /** Other stages would fail alike: the setup commands, or the installation. */
  private workerFailure({ description }: BatchEnding): RethinkError {
    this.folder.remove();
    const file = new Workspace(this.options.workspace).jobLog(this.leader);
    return new RethinkError('BATCH_NODE', `The job ended before the stage began: ${description}.`, {
      location: { file },
      hint: 'Check slurm.setup, and the Node.js of the node.',
    });
  }

  private async resubmit(
    ending: BatchEnding,
    seconds: number,
  ): Promise<{ failure?: FailedAttempt } | undefined> {
    const file = this.folder.read('job');
    const from = this.folder.read('progress')?.from ?? -1;
    const repeats = file?.earlierFrom !== undefined && from <= file.earlierFrom;
    if (ending.cause === 'interrupted' && repeats) {
      return this.end({
        kind: 'timeout',
        code: 'JOB_NO_PROGRESS',
        message: `Two jobs in a row ended before the stage had saved any progress (${ending.description}).`,
        hint: 'Give jobs more time, for instance by slurm.minutes.',
        seconds,
      });
    }
    const job = { ...this.request.job, failedSeconds: (file?.job.failedSeconds ?? 0) + seconds };
    const queuedSeconds = this.started?.queuedSeconds;
    const failure = await this.submit(job, {
      earlierFrom: from,
      ...(queuedSeconds !== undefined && { queuedSeconds }),
    });
    return failure && { failure };
  }
}

function failureOf({ cause, description, hint }: BatchEnding, system: string): AttemptFailure {
  switch (cause) {
    case 'storage':
      return { kind: 'error', code: 'DISK_FULL', message: description, hint };
    case 'memory':
      return { kind: 'memory', code: 'STAGE_MEMORY', message: description, hint };
    default:
      return { kind: 'crash', code: 'JOB_LOST', message: `${system} ended the job: ${description}.`, hint };
  }
}
