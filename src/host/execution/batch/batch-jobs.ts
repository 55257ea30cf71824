import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchState, BatchSystem } from './batch-system';

export interface PollOptions {
  /** How often the files of jobs are read. */
  readonly lookMs?: number;
  /** How often the system is queried at most. */
  readonly askMs?: number;
}

/** Jobs of this workspace, as the batch system reports them. All stages under way share one query. */
export class BatchJobs {
  private readonly prefix: string;
  private readonly lookMs: number;
  private readonly askMs: number;
  private states?: ReadonlyMap<string, BatchState>;
  /** Number of answers of the system. */
  answers = 0;
  private answeredAt = -Infinity;
  private askedAt = -Infinity;
  private look?: Promise<void>;
  /** Leader key → when its job was submitted; the next answer includes it. */
  private readonly submitted = new Map<string, number>();
  private readonly toCancel = new Map<string, boolean>();

  /** @param workspace may be reached by several paths, for instance through links */
  constructor(
    private readonly system: BatchSystem,
    workspace: string,
    { lookMs = 1000, askMs = 5000 }: PollOptions = {},
  ) {
    const digest = createHash('sha256').update(realpathSync(workspace)).digest('hex');
    this.prefix = `rethink-${digest.slice(0, 8)}-`;
    this.lookMs = lookMs;
    this.askMs = askMs;
  }

  nameOf(key: string): string {
    return this.prefix + key;
  }

  /** Resolves after the next look at the system, which all callers share. */
  nextLook(): Promise<void> {
    this.look ??= sleep(this.lookMs).then(async () => {
      this.look = undefined;
      await this.cancelRequested();
      if (performance.now() - this.askedAt >= this.askMs) await this.ask();
    });
    return this.look;
  }

  /** Resolves when the system has answered once. */
  async answered(stop: AbortSignal): Promise<boolean> {
    if (this.states === undefined && this.askedAt === -Infinity) await this.ask();
    while (this.states === undefined && !stop.aborted) await this.nextLook();
    return this.states !== undefined;
  }

  /** @returns `unknown` until the system has answered about the job; `undefined` if it no longer knows it */
  stateOf(leader: string): BatchState | 'unknown' | undefined {
    if (this.states === undefined || (this.submitted.get(leader) ?? -Infinity) >= this.answeredAt)
      return 'unknown';
    return this.states.get(this.nameOf(leader));
  }

  /** A job that the system has not reported yet may be running. */
  isLive(leader: string): boolean {
    const state = this.stateOf(leader);
    return state === 'unknown' || (state !== undefined && state.phase !== 'ended');
  }

  noteSubmission(leader: string): void {
    this.submitted.set(leader, performance.now());
  }

  /** Cancels a job together with all others for which this is requested until the next look. */
  cancel(id: string, immediately: boolean): void {
    this.toCancel.set(id, immediately);
  }

  private async cancelRequested(): Promise<void> {
    for (const immediately of [false, true]) {
      const ids = [...this.toCancel].flatMap(([id, now]) => (now === immediately ? id : []));
      if (ids.length > 0) await this.system.cancel(ids, immediately);
    }
    this.toCancel.clear();
  }

  private async ask(): Promise<void> {
    const askedAt = performance.now();
    this.askedAt = askedAt;
    const states = await this.system.list();
    if (states === undefined) return;
    this.states = states;
    this.answeredAt = askedAt;
    this.answers++;
  }
}
