import 'reflect-metadata';
import { Catalog } from '../../core/catalog/catalog';
import { describeEntry, type PluginDescription } from '../../core/catalog/describe';
import { firstLine } from '../../core/catalog/load';
import { type Logger, type SourceLocation, RethinkError } from '../../contract';
import { buildPlan } from './build-plan';
import { withCheckpoints } from './resolve-checkpoints';
import { disableNetwork } from '../../core/process/disable-network';
import { exitWithParent } from '../../core/process/parent-death-watchdog';
import { type SerialisedPlan, serialisePlan } from '../../core/plan/serialised-plan';
import { heartbeatWriter } from './plan-heartbeat';
import { readBenchmark } from '../benchmark/read';
import { parseSelection } from '../benchmark/selectors';
import type { EngineIdentity } from './stage-key';
import type { PlanDataByRole } from './trial-setting';
import type { CheckpointIdentities } from '../../core/plan/checkpoint-identities';

/**
 * Plugins are loaded and asked for plans here, in a child process: one that hangs, exits or crashes takes this process
 * with it and not the host, which knows by the last heartbeat which plugin it was.
 */
export type PlanRequest =
  | {
      readonly type: 'plan';
      readonly file: string;
      /** Readable files: the benchmark file and all that it extends; the file alone by default. */
      readonly files?: readonly string[];
      readonly only: readonly string[];
      readonly seeds?: number;
      readonly data: PlanDataByRole;
      readonly engine: EngineIdentity;
      readonly roots: readonly string[];
      /** Whether to describe all plugins under the roots as well: they are loaded here anyway. */
      readonly describe?: boolean;
      readonly banned: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'describe';
      readonly roots: readonly string[];
      readonly banned: Readonly<Record<string, string>>;
    };

/** From the host. */
export type PlanMessage =
  | PlanRequest
  /** The answer to `resolve`. */
  | { readonly type: 'identity'; readonly identity: CheckpointIdentities[string] };

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly location?: SourceLocation;
  readonly hint?: string;
  readonly stack?: string;
}

export type PlanReply =
  /** Asks for the identity of a source of weights, because only the host may contact hubs. */
  | { readonly type: 'resolve'; readonly source: string; readonly file: string }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string }
  | {
      readonly type: 'plan';
      readonly plan: SerialisedPlan;
      /** If requested. */
      readonly plugins?: readonly PluginDescription[];
    }
  | { readonly type: 'described'; readonly plugins: readonly PluginDescription[] }
  | { readonly type: 'error'; readonly error: WireError };

function send(reply: PlanReply): Promise<void> {
  return new Promise((resolve) => process.send?.(reply, undefined, undefined, () => resolve()));
}

const logger: Logger = {
  debug: (message) => void send({ type: 'log', level: 'debug', message }),
  info: (message) => void send({ type: 'log', level: 'info', message }),
  warn: (message) => void send({ type: 'log', level: 'warn', message }),
};

const beat = heartbeatWriter();

async function resolveSource(source: string, file: string): Promise<CheckpointIdentities[string]> {
  const answered = new Promise<PlanMessage>((resolve) => process.once('message', resolve));
  await send({ type: 'resolve', source, file });
  const message = await answered;
  if (message.type !== 'identity') throw new TypeError(`unexpected answer "${message.type}"`);
  return message.identity;
}

async function answer(request: PlanRequest): Promise<PlanReply> {
  const banned = new Map(Object.entries(request.banned));
  const catalog = new Catalog(request.roots);
  if (request.type === 'describe') return { type: 'described', plugins: describeAll(catalog, banned) };
  const { file, benchmark } = readBenchmark(request.file, request.seeds);
  const { plan } = await withCheckpoints(
    (source) => resolveSource(source, file),
    (checkpoints) =>
      buildPlan({
        file,
        benchmark,
        selection: parseSelection(request.only),
        data: request.data,
        engine: request.engine,
        catalog,
        logger,
        banned,
        checkpoints,
        heartbeat: beat,
      }),
  );
  return {
    type: 'plan',
    plan: serialisePlan(plan),
    ...(request.describe === true && { plugins: describeAll(catalog, banned) }),
  };
}

function describeAll(catalog: Catalog, banned: ReadonlyMap<string, string>): PluginDescription[] {
  return catalog.locations.map((location): PluginDescription => {
    const reason = banned.get(`${location.kind}/${location.name}`);
    if (reason !== undefined) {
      return { ...location, status: 'broken', code: 'PLUGIN_BANNED', reason };
    }
    beat(`${location.kind}/${location.name}`);
    return describeEntry(catalog.entry(location));
  });
}

function toWire(error: unknown): WireError {
  if (error instanceof RethinkError) {
    return {
      code: error.code,
      message: error.message,
      location: error.location,
      hint: error.hint,
      stack: error.stack,
    };
  }
  return {
    code: 'PLAN_FAILED',
    message: firstLine(error),
    stack: error instanceof Error ? error.stack : undefined,
  };
}

exitWithParent();
disableNetwork();
process.once('message', (request: PlanRequest) => {
  // A plugin may have left timers behind.
  void answer(request)
    .catch((error: unknown): PlanReply => ({ type: 'error', error: toWire(error) }))
    .then(send)
    .then(() => process.exit(0));
});
