import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { RunEnvironment } from '../../core/plan/outcome-schema';
import type { AttemptFailure } from '../../core/plan/failure';
import type { StageLimits } from './limits';
import { nodeArguments } from '../../core/process/node-arguments';
import { HOST_VARIABLE } from '../../core/process/parent-death-watchdog';
import { identify, killGroup, type ProcessIdentity } from '../../core/process/process-tree';
import { type HostMessage, type StageMessage, stageMessageSchema } from '../../core/plan/protocol';
import { formatSlot, type Slot } from './slots';
import { stageEnvironment } from './stage-environment';
import type { StageLog } from './stage-log';
import { type Breach, StageMonitor } from './stage-monitor';
import type { StageRequest } from './executor';
import type { StageJob } from '../../core/plan/stage-job';
import { stageKinds } from '../../core/plan/stage-kinds';

/** Options of all stage processes of a run. */
export interface ProcessOptions {
  readonly environment: RunEnvironment;
  readonly runnersModule?: string;
  /** Seconds between the request to stop and SIGKILL; 10 by default. */
  readonly graceSeconds?: number;
  readonly childStarted?: (identity: ProcessIdentity) => void;
  readonly childEnded?: (pid: number) => void;
}

export interface AttemptOptions extends ProcessOptions, Pick<StageRequest, 'stop' | 'kill' | 'progress'> {
  readonly job: StageJob;
  readonly slot: Slot;
  readonly limits: StageLimits;
  readonly log: StageLog;
}

const stageProcessFile = require.resolve('../stages/stage-process');

const DEFAULT_GRACE_SECONDS = 10;

const TASKSET = ['/usr/bin/taskset', '/bin/taskset', '/usr/local/bin/taskset'].find(existsSync);

/** After the process itself, how long its output may still come (a grandchild may hold the pipe). */
const DRAIN_MS = 500;

function start({ stage, threads }: StageJob, slot: Slot): ChildProcess {
  const pinned = TASKSET !== undefined && slot.cores.length > 0;
  return fork(stageProcessFile, [], {
    ...(pinned
      ? { execPath: TASKSET, execArgv: ['-c', slot.cores.join(','), process.execPath, ...nodeArguments] }
      : { execArgv: [...nodeArguments] }),
    env: {
      ...stageEnvironment(process.env, stage.kind, slot, threads),
      [HOST_VARIABLE]: String(process.pid),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Its own process group: it is ended with all that it started, and does not receive the terminal's Ctrl-C.
    detached: true,
  });
}

/**
 * Runs one stage once, in its own process, which is monitored from here. Never throws for what the stage does.
 *
 * @returns `undefined` when the artifact is complete in the job's output folder
 */
export async function attemptStage(options: AttemptOptions): Promise<AttemptFailure | undefined> {
  const { job, slot, limits, environment, log, graceSeconds = DEFAULT_GRACE_SECONDS } = options;
  const child = start(job, slot);
  const { pid } = child;
  if (pid === undefined) return spawnFailure(child);
  const exited = exitOf(child);
  // Its last message may arrive after its end.
  const silent = new Promise<void>((resolve) => child.once('disconnect', resolve));
  const identity = identify(pid);
  if (identity) options.childStarted?.(identity);
  log.follow(child.stdout!, 'stdout');
  log.follow(child.stderr!, 'stderr');

  let last: StageMessage | undefined;
  let breach: Breach | undefined;
  let asked = false;
  let graceTimer: NodeJS.Timeout | undefined;
  const send = (message: HostMessage): void => {
    // The channel closes with the process, whose end is noticed anyway.
    if (child.connected) child.send(message, () => undefined);
  };
  const killNow = (): void => killGroup(pid, monitor.descendants);
  const askToStop = (): void => {
    if (asked) return;
    asked = true;
    send({ type: 'stop' });
    child.kill('SIGTERM');
    graceTimer = setTimeout(killNow, graceSeconds * 1000);
  };
  const monitor = new StageMonitor(pid, limits, [job.outputFolder, job.resumeFolder], (found) => {
    breach = found;
    if (found.urgent) killNow();
    else askToStop();
  });
  child.on('error', () => undefined);
  child.on('message', (message) => {
    const parsed = stageMessageSchema.safeParse(message);
    if (!parsed.success || last !== undefined) return;
    if (parsed.data.type === 'progress') options.progress(parsed.data.progress);
    else last = parsed.data;
  });
  options.stop.addEventListener('abort', askToStop);
  options.kill.addEventListener('abort', killNow);
  if (options.kill.aborted) killNow();
  else if (options.stop.aborted) askToStop();

  const { runnersModule } = options;
  send({ type: 'run', job, device: deviceName(options), slot: formatSlot(slot), environment, runnersModule });
  const [code, signal] = await exited;
  monitor.stop();
  clearTimeout(graceTimer);
  options.stop.removeEventListener('abort', askToStop);
  options.kill.removeEventListener('abort', killNow);
  killGroup(pid, monitor.descendants);
  options.childEnded?.(pid);
  await drained(child, silent);

  if (last?.type === 'done') return undefined;
  return knownFailure(breach, asked || options.kill.aborted, last) ?? crash(code, signal, log.ending);
}

function exitOf(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
}

async function spawnFailure(child: ChildProcess): Promise<AttemptFailure> {
  const [error] = (await once(child, 'error')) as [Error];
  return { kind: 'error', code: 'STAGE_SPAWN', message: `No process could be started: ${error.message}.` };
}

/** `undefined`: the process ended without a report, and not because it was stopped. */
function knownFailure(
  breach: Breach | undefined,
  stopped: boolean,
  last: StageMessage | undefined,
): AttemptFailure | undefined {
  if (breach !== undefined) {
    const { urgent: _, ...failure } = breach;
    return failure;
  }
  if (stopped) return { kind: 'cancelled', code: 'CANCELLED', message: 'The run was stopped.' };
  if (last?.type !== 'failed') return undefined;
  const { code, message, hint } = last;
  return { kind: code === 'DIVERGED' ? 'diverged' : 'error', code, message, hint };
}

function deviceName({ job, slot, environment }: AttemptOptions): string {
  if (slot.gpu !== undefined && stageKinds[job.stage.kind].usesEngine) return slot.gpu.name;
  return `${environment.cpu}, ${job.threads} ${job.threads === 1 ? 'thread' : 'threads'}`;
}

function crash(code: number | null, signal: NodeJS.Signals | null, ending: string): AttemptFailure {
  if (ending.includes('JavaScript heap out of memory')) {
    return {
      kind: 'memory',
      code: 'STAGE_HEAP',
      message: 'The JavaScript heap was full.',
      hint: 'The stage holds too much data in JavaScript arrays; full details are in its log.',
    };
  }
  if (signal === null) {
    return {
      kind: 'crash',
      code: 'STAGE_EXITED',
      message: `The process ended with exit code ${code} before the stage was done.`,
      hint: 'Something called process.exit; full details are in the stage log.',
    };
  }
  return {
    kind: 'crash',
    code: 'STAGE_KILLED',
    message: `The process was ended by ${signal}.`,
    hint:
      signal === 'SIGKILL'
        ? 'The system may have run out of memory, or somebody killed the process.'
        : 'Native code crashed; the stage log may have details.',
  };
}

async function drained(child: ChildProcess, silent: Promise<void>): Promise<void> {
  await within(DRAIN_MS, silent);
  const streams = [child.stdout!, child.stderr!].filter((stream) => !stream.closed);
  await within(DRAIN_MS, Promise.all(streams.map((stream) => once(stream, 'close'))));
  for (const stream of streams) stream.destroy();
}

async function within(milliseconds: number, event: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([event, late]);
  clearTimeout(timer);
}
