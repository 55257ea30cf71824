import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { RethinkError } from '../../../contract';
import { chosenEnvironment } from '../../../core/process/environment';
import {
  type BatchEnding,
  type BatchJob,
  type BatchState,
  type BatchSystem,
  jobExitCodes,
} from './batch-system';
import { jobScript } from './job-script';
import type { SlurmSettings } from './slurm-settings';

const run = promisify(execFile);

const queued = new Set(['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT']);
const running = new Set([
  'RUNNING',
  'COMPLETING',
  'SUSPENDED',
  'STOPPED',
  'SIGNALING',
  'STAGE_OUT',
  'RESIZING',
]);

/** Replies of a controller that is busy, away, or has a limit on jobs that are queued. */
const temporary =
  /unable to contact|timed out|temporarily|connection (refused|reset)|zero bytes|transport|MaxSubmitJob|not responding|slurmctld/i;

const TIMEOUT_MS = 60_000;

/**
 * The user's own defaults for sbatch and the configuration of the cluster, but nothing of a job that the host itself may
 * run in.
 */
function environment(): Record<string, string> {
  const isOfSlurm = (name: string): boolean => /^(SBATCH_\w+|SLURM_CONF|SLURM_CLUSTERS)$/.test(name);
  const { CUDA_VISIBLE_DEVICES: _, ...rest } = chosenEnvironment(process.env, isOfSlurm);
  return rest;
}

export class Slurm implements BatchSystem {
  readonly name = 'SLURM';

  constructor(private readonly settings: SlurmSettings) {}

  async submit(job: BatchJob): Promise<string | undefined> {
    const { code, output, errors } = await this.sbatch(job);
    if (code === 0) return output.trim().split(';')[0]!;
    if (temporary.test(errors)) return undefined;
    const reason = errors.replaceAll(/^sbatch: (error: )?/gm, '').trim();
    throw new RethinkError('BATCH_REFUSED', `SLURM refuses the job: ${reason.split('\n').join(' ')}.`, {
      hint: 'Check the settings under slurm: in rethink.config.yaml.',
    });
  }

  async list(): Promise<ReadonlyMap<string, BatchState> | undefined> {
    try {
      const { stdout } = await query('squeue', ['--me', '-h', '-t', 'all', '-o', '%i|%j|%T|%r']);
      const states = new Map<string, BatchState>();
      for (const line of stdout.split('\n')) {
        const [id, name, state, reason] = line.split('|') as [string, string, string, string];
        if (name === undefined) continue;
        const phase = queued.has(state) ? 'queued' : running.has(state) ? 'running' : 'ended';
        const known = states.get(name);
        const isOlder = known !== undefined && Number(known.id) > Number(id);
        if (known !== undefined && phase === 'ended' && (known.phase !== 'ended' || isOlder)) continue;
        // With dependencies, the later job of a name waits for the earlier one.
        if (known !== undefined && known.phase === 'running' && phase === 'queued') continue;
        states.set(name, { id, phase, description: reason === 'None' ? state : `${state}, ${reason}` });
      }
      return states;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing('squeue');
      return undefined;
    }
  }

  async cancel(ids: readonly string[], immediately: boolean): Promise<void> {
    for (let index = 0; index < ids.length; index += 200) {
      const some = ids.slice(index, index + 200);
      // The controller may be away: jobs that go on are noticed by the next run.
      if (immediately) await query('scancel', ['--signal=KILL', '--full', ...some]).catch(() => undefined);
      await query('scancel', some).catch(() => undefined);
    }
  }

  async ending(id: string): Promise<BatchEnding> {
    const { state, exitCode, node } = (await fromController(id)) ?? (await fromAccounting(id)) ?? {};
    const known = exitCode === undefined ? undefined : knownEnding(exitCode, node);
    if (known !== undefined) return known;
    if (state === 'OUT_OF_MEMORY') {
      return {
        cause: 'memory',
        description: `SLURM ended the job for exceeding its memory (${this.settings.memory}).`,
        hint: 'Raise slurm.memory, or use a smaller batch (or microBatch).',
      };
    }
    const description = state ?? 'unknown to the controller';
    if (state === 'COMPLETED') return { cause: 'completed', description };
    if (state === 'PREEMPTED') return { cause: 'preempted', description };
    const interrupted =
      state === undefined || /^(CANCELLED|TIMEOUT|NODE_FAIL|BOOT_FAIL|DEADLINE|REVOKED)/.test(state);
    return {
      cause: interrupted ? 'interrupted' : 'crash',
      description:
        exitCode === undefined || exitCode === 0 ? description : `${description}, exit code ${exitCode}`,
    };
  }

  private async sbatch(job: BatchJob): Promise<{ code: number | null; output: string; errors: string }> {
    const { partition, account, gpus, cpus, memory, minutes, options, setup } = this.settings;
    const flags = [
      '--parsable',
      `--job-name=${job.name}`,
      '--dependency=singleton',
      '--requeue',
      '--nodes=1',
      '--ntasks=1',
      `--cpus-per-task=${cpus}`,
      `--mem=${memory}`,
      `--time=${minutes}`,
      ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
      ...(partition === undefined ? [] : [`--partition=${partition}`]),
      ...(account === undefined ? [] : [`--account=${account}`]),
      // The script itself opens its log: a node that cannot see the workspace must be able to report it.
      '--output=/dev/null',
      '--chdir=/',
      ...options,
    ];
    const child = spawn('sbatch', flags, { env: environment() });
    const spawned = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    child.stdin.on('error', () => undefined).end(jobScript(job, setup, slurmVariables));
    const [output, errors] = [text(child.stdout), text(child.stderr)];
    const code = await spawned.catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? missing('sbatch') : error;
    });
    return { code, output: await output, errors: await errors };
  }
}

/** What a worker is told about its job, from what SLURM tells the script. */
const slurmVariables = {
  RETHINK_JOB_ID: '$SLURM_JOB_ID',
  RETHINK_JOB_NODE: '$SLURMD_NODENAME',
  RETHINK_JOB_MEMORY_MIB: '${SLURM_MEM_PER_NODE:-$((${SLURM_MEM_PER_CPU:-0} * ${SLURM_CPUS_ON_NODE:-1}))}',
};

interface Ending {
  readonly state?: string;
  readonly exitCode?: number;
  readonly node?: string;
}

const query = (command: string, args: readonly string[]) =>
  run(command, args, { env: environment(), timeout: TIMEOUT_MS, maxBuffer: 64 << 20 });

async function fromController(id: string): Promise<Ending | undefined> {
  try {
    const { stdout } = await query('scontrol', ['show', 'job', '-o', id]);
    const field = (name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S*)`).exec(stdout)?.[1];
    return { state: field('JobState'), exitCode: codeOf(field('ExitCode')), node: field('BatchHost') };
  } catch {
    return undefined;
  }
}

/** Where there is accounting: the controller forgets jobs after some minutes. */
async function fromAccounting(id: string): Promise<Ending | undefined> {
  try {
    const { stdout } = await query('sacct', ['-j', id, '-X', '-n', '-P', '-o', 'State,ExitCode,NodeList']);
    const [state, exit, node] = stdout.trim().split('\n').at(-1)!.split('|');
    return state === '' ? undefined : { state, exitCode: codeOf(exit), node };
  } catch {
    return undefined;
  }
}

/** Of `code:signal`. */
const codeOf = (exit: string | undefined): number | undefined =>
  exit === undefined ? undefined : Number(exit.split(':')[0]);

/** By the exit codes of the job's script and of the worker. */
function knownEnding(exitCode: number, node: string | undefined): BatchEnding | undefined {
  const where = node === undefined || node === '' ? 'The node' : `Node ${node}`;
  const lacks = (description: string, remedy: string): BatchEnding => ({
    cause: 'node',
    description: `${where} ${description}.`,
    hint: `${remedy}, or exclude the node by slurm.options.`,
  });
  switch (exitCode) {
    case jobExitCodes.unseenWorkspace:
      return lacks('cannot read the workspace', 'Use a workspace on a file system that all nodes share');
    case jobExitCodes.unseenProject:
      return lacks(
        'cannot read this installation of the project',
        'Install the project on a file system that all nodes share',
      );
    case jobExitCodes.noNode:
      return lacks(
        'has no Node.js',
        'Load it by slurm.setup (for instance "module load nodejs"), install it on a shared file system',
      );
    case jobExitCodes.noGpu:
      return lacks(
        'gave the job no GPU that the engine can use; the log of the job has the reason',
        'Install the engine for GPUs (npm run tensorflow -- --gpu), set slurm.gpus to 0',
      );
    case jobExitCodes.storage:
      return {
        cause: 'storage',
        description: 'The job could not write to the workspace: it is full or read-only.',
        hint: 'Free some space; run the same command again to continue.',
      };
    default:
      return undefined;
  }
}

const missing = (command: string): RethinkError =>
  new RethinkError('BATCH_MISSING', `SLURM is not available on this machine: there is no ${command}.`, {
    hint: 'Run on a login node of the cluster, or use --executor local.',
  });
