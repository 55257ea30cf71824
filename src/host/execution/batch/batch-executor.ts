import pLimit from 'p-limit';
import { stageKinds } from '../../../core/plan/stage-kinds';
import type { Executor, FailedAttempt, StageRequest } from '../executor';
import { BatchAttempt, type BatchOptions } from './batch-attempt';
import { BatchJobs, type PollOptions } from './batch-jobs';

/** Runs stages as jobs of a batch system, and those that require the network on this machine. */
export class BatchExecutor implements Executor {
  private readonly jobs: BatchJobs;
  private readonly localSlots: ReturnType<typeof pLimit>;
  private readonly freeSlots: number[] = [];

  /**
   * @param slots number of jobs that may be queued or running
   * @param local nodes of a cluster often have no way to the internet
   */
  constructor(
    readonly slots: number,
    private readonly local: Executor,
    private readonly options: BatchOptions,
    poll?: PollOptions,
  ) {
    this.jobs = new BatchJobs(options.system, options.workspace, poll);
    this.localSlots = pLimit(local.slots);
    for (let slot = slots; slot > 0; slot--) this.freeSlots.push(slot);
  }

  async attempt(request: StageRequest): Promise<FailedAttempt | undefined> {
    if (stageKinds[request.job.stage.kind].mayFetch) {
      return this.localSlots(() => this.local.attempt(request));
    }
    const slot = this.freeSlots.pop();
    if (slot === undefined) throw new TypeError('No slot is free.');
    try {
      return await new BatchAttempt(this.options, this.jobs, request, slot).toEnd();
    } finally {
      this.freeSlots.push(slot);
    }
  }
}
