import { type ChildProcess, fork } from 'node:child_process';
import { type Logger, RethinkError } from '../../contract';
import type { PluginDescription } from '../../core/catalog/describe';
import { nodeArguments } from '../../core/process/node-arguments';
import { HOST_VARIABLE } from '../../core/process/parent-death-watchdog';
import { killGroup } from '../../core/process/process-tree';
import { chosenEnvironment } from '../../core/process/environment';
import { deserialisePlan } from '../../core/plan/serialised-plan';
import type { Plan } from '../../core/plan/plan';
import { planCache, planPermissions } from './plan-permissions';
import { HEARTBEAT_DESCRIPTOR, HeartbeatFile } from './plan-heartbeat';
import type { PlanMessage, PlanReply, PlanRequest } from './plan-process';

/** Loaded when needed: it loads a hub's client, which few plans use. */
function loadResolveSource(): typeof import('./resolve-source').resolveSource {
  return (require('./resolve-source') as typeof import('./resolve-source')).resolveSource;
}

/** Seconds after which a silent plugin is considered hung. */
const SILENCE_SECONDS = 30;
/** Until the first heartbeat: a process starts slowly on a busy machine, and no plugin is to blame. */
const START_SECONDS = 300;

/** `Omit` that keeps the alternatives of a union apart. */
type WithoutBans<T> = T extends unknown ? Omit<T, 'banned'> : never;
type Answer = Extract<PlanReply, { readonly type: 'plan' | 'described' | 'error' }>;

type Outcome = { readonly reply: Answer } | { readonly culprit: string | undefined; readonly what: string };

/** Plans in a child process; a plugin that hangs or ends it is banned, and the rest is planned without that plugin. */
export async function planInChild(
  request: Omit<PlanRequest & { type: 'plan' }, 'banned' | 'type'>,
  logger: Logger,
): Promise<{ readonly plan: Plan; readonly plugins?: readonly PluginDescription[] }> {
  const reply = await askUntilAnswered({ type: 'plan', ...request }, logger);
  if (reply.type !== 'plan') throw new Error(`the planning process answered "${reply.type}"`);
  return { plan: deserialisePlan(reply.plan), plugins: reply.plugins };
}

/** Describes all plugins under the roots, the broken ones with their reason. */
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
      throw new RethinkError('PLAN_PROCESS', `The planning process ${what}.`, {
        hint: 'Run again with --verbose, and report this.',
      });
    }
    logger.warn(`Plugin ${culprit} ${what}; trials that need it are skipped.`);
    banned[culprit] = `${what} while it was loaded or planned`;
  }
}

function readable(request: PlanRequest): readonly string[] {
  return request.type === 'plan' ? (request.files ?? [request.file]) : [];
}

function start(heartbeat: HeartbeatFile, request: PlanRequest): ChildProcess {
  const stdio: ('ignore' | 'pipe' | 'ipc' | number)[] = ['ignore', 'ignore', 'pipe', 'ipc'];
  stdio[HEARTBEAT_DESCRIPTOR] = heartbeat.descriptor;
  return fork(require.resolve('./plan-process'), {
    // Plugins' code runs there: it gets no token and no password. The host contacts hubs.
    execArgv: [...planPermissions(request.roots, readable(request)), ...nodeArguments],
    env: {
      ...chosenEnvironment(process.env),
      RETHINK_COMPILED: planCache,
      [HOST_VARIABLE]: String(process.pid),
    },
    stdio,
    serialization: 'advanced',
    // A process group, so that what a plugin starts ends with it.
    detached: true,
  });
}

async function ask(request: PlanRequest, logger: Logger): Promise<Outcome> {
  using heartbeat = new HeartbeatFile();
  const child = start(heartbeat, request);
  return await new Promise<Outcome>((resolve) => {
    const begin = performance.now();
    let complaint = '';
    let timer: NodeJS.Timeout;
    let isOver = false;
    const settle = (outcome: Outcome) => {
      isOver = true;
      clearTimeout(timer);
      child.removeAllListeners();
      // Messages under way may find it gone.
      child.on('error', () => undefined);
      if (child.pid !== undefined) killGroup(child.pid);
      resolve(outcome);
    };
    const fail = (what: string) => settle({ culprit: heartbeat.read()?.currentPlugin, what });
    const watch = () => {
      clearTimeout(timer);
      const before = heartbeat.read()?.count;
      timer = setTimeout(() => {
        const count = heartbeat.read()?.count;
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
      else if (reply.type === 'resolve') {
        // The host is what takes time now.
        clearTimeout(timer);
        loadResolveSource()(reply.source, reply.file, logger).then(
          (identity) => {
            // The process may have ended meanwhile, and the heartbeat file is closed.
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
