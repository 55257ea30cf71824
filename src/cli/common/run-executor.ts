import { once } from 'node:events';
import { RethinkError } from '../../contract';
import { BatchExecutor } from '../../host/execution/batch/batch-executor';
import { listJobs, queryJobs } from '../../host/execution/batch/list-jobs';
import { Slurm } from '../../host/execution/batch/slurm';
import type { RunOptions } from '../../host/execution/run-options';
import type { Configuration } from './configuration';
import type { Interruption } from './interruption';

export interface InterruptionOptions {
  readonly detach?: boolean;
  readonly cancel?: boolean;
}

/** Where the stages of a run are executed, by the configuration. */
export function runExecutor(
  { executor, slurm, workspace }: Configuration,
  engine: string,
  interruption: Interruption,
  whenStopped: () => Promise<'detach' | 'cancel'>,
): RunOptions['executor'] {
  if (executor === 'local') return undefined;
  return (local, store) =>
    new BatchExecutor(slurm.maxJobs, local, {
      workspace,
      store,
      system: new Slurm(slurm),
      engine,
      usesGpu: slurm.gpus !== 0,
      // A run that ends by an error has nobody to ask.
      whenStopped: () => (interruption.stop.aborted ? whenStopped() : Promise.resolve('cancel')),
    });
}

/** What happens to the jobs after Ctrl-C: by option, else the person at the terminal is asked. */
export function askAboutJobs(
  { detach, cancel }: InterruptionOptions,
  interruption: Interruption,
  write: (line: string) => void,
): () => Promise<'detach' | 'cancel'> {
  let answer: Promise<'detach' | 'cancel'> | undefined;
  const ask = async (): Promise<'detach' | 'cancel'> => {
    if (detach === true) return 'detach';
    if (cancel === true) return 'cancel';
    if (!process.stdin.isTTY) return 'detach';
    write(
      'Let the jobs go on without this run (d), or cancel them after they have saved their progress (c)?',
    );
    process.stdin.setRawMode(true).resume();
    try {
      for (;;) {
        const [key] = (await once(process.stdin, 'data')) as [Buffer];
        const letter = key.toString();
        if (letter === 'd') return 'detach';
        if (letter === 'c') return 'cancel';
        if (letter !== '\x03') continue;
        // In this mode the terminal sends Ctrl-C as a character.
        interruption.killNow();
        return 'cancel';
      }
    } finally {
      process.stdin.setRawMode(false).pause();
    }
  };
  return () => (answer ??= ask());
}

/** For a run that ended before its jobs. */
export function jobsLeft(workspace: string): string | undefined {
  const { length } = listJobs(workspace);
  if (length === 0) return undefined;
  return `${length} stages go on as jobs of the cluster: run the same command to join them.`;
}

/**
 * Prevents that stages run on this machine and in jobs at the same time.
 *
 * @throws RethinkError `JOBS_UNDER_WAY`
 */
export async function refuseLiveJobs({ executor, slurm, workspace }: Configuration): Promise<void> {
  if (executor !== 'local') return;
  const live = (await queryJobs(workspace, new Slurm(slurm))).filter(({ state }) => state !== 'ended');
  if (live.length === 0) return;
  throw new RethinkError(
    'JOBS_UNDER_WAY',
    `Stages of this workspace are queued or running as SLURM jobs: ${live.length}.`,
    {
      location: { file: workspace },
      hint: 'Join them by --executor slurm, or cancel them by scancel.',
    },
  );
}
