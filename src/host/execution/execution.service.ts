import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { Plan } from '../../core/plan/plan';
import { runPlan, type RunSummary } from './run-plan';
import type { RunOptions } from './run-options';

/** Runs plans within the host's life cycle: a host that shuts down stops its runs in good order first. */
@Injectable()
export class ExecutionService implements BeforeApplicationShutdown {
  private readonly shutDown = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  /** See `runPlan`. */
  async run(plan: Plan, options: RunOptions): Promise<RunSummary> {
    const signals = [this.shutDown.signal, ...(options.signal ? [options.signal] : [])];
    const run = runPlan(plan, { ...options, signal: AbortSignal.any(signals) });
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.shutDown.abort();
    await Promise.allSettled(this.running);
  }
}
