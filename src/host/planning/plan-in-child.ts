import { type ChildProcess, fork } from 'node:child_process';
import { type Logger, RethinkError } from '../../contract';
import type { PluginDescription } from '../../core/catalog/describe';
import { nodeArguments } from '../../core/process/node-arguments';
import { HOST_VARIABLE } from '../../core/process/parent-death-watchdog';
import { killGroup } from '../../core/process/process-tree';
import { plainEnvironment } from '../../core/process/environment';
import { unpackPlan } from '../../core/plan/serialised-plan';
import type { Plan } from '../../core/plan/plan';
import { planCache, planPermissions } from './plan-permissions';
import { NOTES_DESCRIPTOR, PlanNotes } from './plan-heartbeat';
import type { PlanMessage, PlanReply, PlanRequest } from './plan-process';

/** It brings a hub's client with it, which few plans ask for. */
function loadIdentifySource(): typeof import('./resolve-source').identifySource {
  return (require('./resolve-source') as typeof import('./resolve-source')).identifySource;
}

/** Seconds of silence after which the plugin at work is held to hang. */
const SILENCE_SECONDS = 30;
/** Until the first plugin's turn: a process starts slowly where the machine is busy, and no plugin is to blame. */
const START_SECONDS = 300;

/** `Omit` that keeps the alternatives of a union apart. */
type WithoutBans<T> = T extends unknown ? Omit<T, 'banned'> : never;
type Answer = Extract<PlanReply, { readonly type: 'plan' | 'described' | 'error' }>;

type Outcome = { readonly reply: Answer } | { readonly culprit: string | undefined; readonly what: string };

/** Plans in a child process; a plugin that brings the child down is banned, and the rest is planned without it. */
export async function planInChild(
  request: Omit<PlanRequest & { type: 'plan' }, 'banned' | 'type'>,
  logger: Logger,
): Promise<{ readonly plan: Plan; readonly plugins?: readonly PluginDescription[] }> {
  const reply = await askUntilAnswered({ type: 'plan', ...request }, logger);
  if (reply.type !== 'plan') throw new Error(`the planning process answered "${reply.type}"`);
  return { plan: unpackPlan(reply.plan), plugins: reply.plugins };
}

/** All plugins under the roots, the broken ones with their reason. */
export async function describePlugins(
  roots: readonly string[],
  logger: Logger,
): Promise<readonly PluginDescription[]> {
  const reply = await askUntilAnswered({ type: 'describe', roots }, logger);
  if (reply.type !== 'described') throw new Error(`the planning process answered "${reply.type}"`);
  return reply.plugins;
}

async function askUntilAnswered(request: WithoutBans<PlanRequest>, logger: Logger): Promise<Answer> {
  const banned: Record<string, string> = {};
  for (;;) {
    const outcome = await ask({ ...request, banned }, logger);
    if ('reply' in outcome) {
      if (outcome.reply.type === 'error') {
        const { code, message, location, hint, stack } = outcome.reply.error;
        const error = new RethinkError(code, message, { location, hint });
        error.stack = stack;
        throw error;
      }
      return outcome.reply;
    }
    const { culprit, what } = outcome;
    if (culprit === undefined || culprit in banned) {
      throw new RethinkError('PLAN_PROCESS', `the planning process ${what}`, {
        hint: 'run again with --verbose, and report this',
      });
    }
    logger.warn(`plugin ${culprit} ${what}; trials that need it are skipped`);
    banned[culprit] = `${what} while it was loaded or planned`;
  }
}

function readable(request: PlanRequest): readonly string[] {
  return request.type === 'plan' ? (request.files ?? [request.file]) : [];
}

function start(notes: PlanNotes, request: PlanRequest): ChildProcess {
  const stdio: ('ignore' | 'pipe' | 'ipc' | number)[] = ['ignore', 'ignore', 'pipe', 'ipc'];
  stdio[NOTES_DESCRIPTOR] = notes.descriptor;
  return fork(require.resolve('./plan-process'), {
    // Plugins' code runs there: no token, no password goes with it. It is the host that asks hubs.
    execArgv: [...planPermissions(request.roots, readable(request)), ...nodeArguments],
    env: {
      ...plainEnvironment(process.env),
      RETHINK_COMPILED: planCache,
      [HOST_VARIABLE]: String(process.pid),
    },
    stdio,
    serialization: 'advanced',
    // A group of its own, so that what a plugin starts ends with it.
    detached: true,
  });
}

async function ask(request: PlanRequest, logger: Logger): Promise<Outcome> {
  using notes = new PlanNotes();
  const child = start(notes, request);
  return await new Promise<Outcome>((resolve) => {
    const begin = performance.now();
    let complaint = '';
    let timer: NodeJS.Timeout;
    let isOver = false;
    const settle = (outcome: Outcome) => {
      isOver = true;
      clearTimeout(timer);
      child.removeAllListeners();
      // What is under way to it may find it gone.
      child.on('error', () => undefined);
      if (child.pid !== undefined) killGroup(child.pid);
      resolve(outcome);
    };
    const fail = (what: string) => settle({ culprit: notes.read()?.plugin, what });
    const watch = () => {
      clearTimeout(timer);
      const before = notes.read()?.count;
      timer = setTimeout(() => {
        const count = notes.read()?.count;
        const starts = count === undefined && performance.now() - begin < START_SECONDS * 1000;
        if (starts || count !== before) return watch();
        fail(`did nothing for ${count === undefined ? START_SECONDS : SILENCE_SECONDS} s`);
      }, SILENCE_SECONDS * 1000);
    };
    const send = (message: PlanMessage) => child.send(message, () => undefined);
    child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
    child.on('message', (reply: PlanReply) => {
      watch();
      if (reply.type === 'log') logger[reply.level](reply.message);
      else if (reply.type === 'wanted') {
        // The wait is the host's own.
        clearTimeout(timer);
        loadIdentifySource()(reply.source, reply.file, logger).then(
          (identity) => {
            // The process may have ended meanwhile, and the notes are closed with it.
            if (isOver) return;
            watch();
            send({ type: 'identity', identity });
          },
          (error: Error) => isOver || fail(`could not be answered: ${error.message}`),
        );
      } else settle({ reply });
    });
    child.on('error', (error) => fail(`could not be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      const last = complaint.trim().split('\n').at(-1);
      fail(`ended the process (${signal ?? `exit code ${code}`})${last ? `: ${last}` : ''}`);
    });
    watch();
    send(request);
  });
}
