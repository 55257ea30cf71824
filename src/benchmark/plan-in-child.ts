import { fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { type Logger, RethinkError } from '../contract';
import type { PluginDescription } from '../catalog/describe';
import type { Plan } from './plan';
import type { PlanReply, PlanRequest } from './plan-process';

/** Seconds of silence after which the plugin at work is held to hang. */
const SILENCE_SECONDS = 30;

/** `Omit` that keeps the alternatives of a union apart. */
type WithoutBans<T> = T extends unknown ? Omit<T, 'banned'> : never;

type Outcome =
  { readonly reply: PlanReply } | { readonly culprit: string | undefined; readonly what: string };

/** Plans in a child process; a plugin that brings the child down is banned, and the rest is planned without it. */
export async function planInChild(
  request: Omit<PlanRequest & { type: 'plan' }, 'banned' | 'type'>,
  logger: Logger,
): Promise<Plan> {
  const reply = await askUntilAnswered({ type: 'plan', ...request }, logger);
  if (reply.type !== 'plan') throw new Error(`the planning process answered "${reply.type}"`);
  return reply.plan;
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

async function askUntilAnswered(request: WithoutBans<PlanRequest>, logger: Logger): Promise<PlanReply> {
  const banned: Record<string, string> = {};
  for (;;) {
    const outcome = await ask({ ...request, banned }, logger);
    if ('reply' in outcome) {
      if (outcome.reply.type === 'error') {
        const { code, message, place, hint, stack } = outcome.reply.error;
        const error = new RethinkError(code, message, { place, hint });
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

function ask(request: PlanRequest, logger: Logger): Promise<Outcome> {
  const extension = extname(__filename);
  const child = fork(join(__dirname, `plan-process${extension}`), {
    execArgv: ['--require', join(__dirname, '..', 'register.cjs')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  return new Promise((resolve) => {
    let culprit: string | undefined;
    let complaint = '';
    let timer: NodeJS.Timeout;
    const settle = (outcome: Outcome) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.kill('SIGKILL');
      resolve(outcome);
    };
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => settle({ culprit, what: `did nothing for ${SILENCE_SECONDS} s` }),
        SILENCE_SECONDS * 1000,
      );
    };
    child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
    child.on('message', (reply: PlanReply) => {
      watch();
      if (reply.type === 'announce') culprit = `${reply.kind}/${reply.plugin}`;
      else if (reply.type === 'log') logger[reply.level](reply.message);
      else settle({ reply });
    });
    child.on('error', (error) => settle({ culprit, what: `could not be started: ${error.message}` }));
    child.on('exit', (code, signal) => {
      const last = complaint.trim().split('\n').at(-1);
      settle({
        culprit,
        what: `ended the process (${signal ?? `exit code ${code}`})${last ? `: ${last}` : ''}`,
      });
    });
    watch();
    child.send(request);
  });
}
