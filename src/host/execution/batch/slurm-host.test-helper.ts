/**
 * A host whose stages run as SLURM jobs, in a process of its own: `slurm-host <workspace> <stages> [options]`; prints
 * what happens, and on SIGUSR1 its memory.
 */
import { join } from 'node:path';
import type { RunListener } from '../../../core/plan/run-events';
import { recordEvents, runTest, type TestStage } from '../plan.test-helper';
import type { RunOptions } from '../run-options';
import { BatchExecutor } from './batch-executor';
import { Slurm } from './slurm';
import { slurmSchema } from './slurm-settings';

export interface SlurmHostOptions extends Partial<RunOptions> {
  readonly slurm?: Record<string, unknown>;
  /** What becomes of the jobs at SIGINT. */
  readonly whenStopped?: 'detach' | 'cancel';
}

const [workspace, stages, options = '{}'] = process.argv.slice(2) as [string, string, string?];
const { slurm, whenStopped = 'cancel', ...runOptions } = JSON.parse(options) as SlurmHostOptions;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { listener } = recordEvents(print);
const positions: RunListener = {
  stageQueued: ({ stage, job }) => print(`${stage.label} queued as ${job.id}: ${job.reason}`),
  stageStarted: ({ stage, node, job }) => print(`${stage.label} on ${node} as ${job}`),
};
const stop = new AbortController();
const kill = new AbortController();
process.on('SIGINT', () => (stop.signal.aborted ? kill : stop).abort());
process.on('SIGUSR1', () => print(`memory ${process.memoryUsage.rss()}`));
const settings = slurmSchema.parse({ memory: '500M', minutes: 5, ...slurm });
runTest(workspace, JSON.parse(stages) as Record<string, TestStage>, {
  ...runOptions,
  listeners: [listener, positions],
  signal: stop.signal,
  killSignal: kill.signal,
  executor: (local, store) =>
    new BatchExecutor(
      settings.maxJobs,
      local,
      {
        workspace,
        store,
        system: new Slurm(settings),
        engine: 'none',
        graceSeconds: 3,
        runnersModule: join(__dirname, '..', 'runners.test-helper.ts'),
        latencyMs: 3000,
        whenStopped: () => Promise.resolve(whenStopped),
      },
      { lookMs: 200, askMs: 2000 },
    ),
}).then(
  ({ status, stopped }) => print(`${status} ${stopped?.code ?? ''}`),
  (error: Error & { code?: string; hint?: string }) => {
    print(`refused ${error.code}: ${error.message} → ${error.hint}`);
    if (error.code === undefined) print(String(error.stack));
    process.exitCode = 1;
  },
);
