import { createHash } from 'node:crypto';
import type { Metrics } from '../../../evaluation';
import { relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type EntityManager, In } from 'typeorm';
import type { Plan, PlannedTrial } from '../../../core/plan/plan';
import type { PlannedStage } from '../../../core/plan/stage';
import type { RunListener, StageResult } from '../../../core/plan/run-events';
import type { RunEnvironment } from '../../../core/plan/outcome-schema';
import {
  BenchmarkEntity,
  PluginEntity,
  RunEntity,
  StageEntity,
  TrialEntity,
  TrialStageEntity,
} from '../entities';
import { readLineages, readStageStates, type StageState } from '../queries';
import { changedStages, outdatedBy } from '../staleness';
import { trialState } from '../trial-status';
import { chunksOf } from './chunks';
import { settleRunning } from './run-end';
import { finishedColumns, recordEnvironment, recordMetrics } from './stage-events';
import { stagesByKey } from './trial-states';

type RunStartedEvent = Parameters<NonNullable<RunListener['runStarted']>>[0];

/** A stage that was found finished on disk without having been recorded. */
export interface RecoveredStage {
  readonly result: StageResult;
  readonly environment: RunEnvironment;
  readonly metrics?: Metrics;
}

/** Stages that are finished on disk but not recorded; each is read when its row is written. */
export interface Recovery {
  readonly keys: ReadonlySet<string>;
  read(key: string): RecoveredStage;
}

/** A trial's primary key: a digest, so that no two names can fall together. */
export function trialRowId(benchmark: string, name: string): string {
  return createHash('sha256').update(`${benchmark}\n${name}`).digest('hex');
}

export interface RecordedStart {
  readonly runId: number;
  /** Names of those trials whose data access has not been judged. */
  readonly unjudged: ReadonlySet<string>;
}

export async function recordRunStart(
  manager: EntityManager,
  event: RunStartedEvent,
  recovery: Recovery,
  now: string,
): Promise<RecordedStart> {
  const { plan, environment } = event;
  const { name } = plan.benchmark;
  const before = await manager.findOneBy(BenchmarkEntity, { name });
  const digest = planDigest(plan);
  await manager.upsert(
    BenchmarkEntity,
    {
      name,
      title: plan.benchmark.title,
      description: plan.benchmark.description,
      file: shownPath(plan.benchmark.file),
      resolved: plan.benchmark.resolved as object,
      datasets: { ...before?.datasets, ...event.datasets },
      updatedAt: now,
    },
    ['name'],
  );
  if (event.plugins !== undefined) await replacePlugins(manager, name, event.plugins);
  const run = await manager.save(RunEntity, {
    benchmark: name,
    startedAt: now,
    endedAt: null,
    cancelled: null,
    command: event.command,
    slots: event.slots,
    trials: plan.trials.length,
    environmentId: await recordEnvironment(manager, environment),
  });
  await settleRunning(manager, name);
  // Nothing is new where every stage of the very plan that was recorded last is finished, and recorded as such.
  const isFinished = event.reused.length === plan.stages.length && recovery.keys.size === 0;
  if (isFinished && before?.planDigest === digest) return { runId: run.id, unjudged: new Set() };
  const stages = await recordStages(manager, plan, new Set(event.reused), recovery);
  const unjudged = await recordTrials(manager, plan, stages);
  await markOutdated(manager, plan, before?.resolved);
  await manager.update(
    BenchmarkEntity,
    { name },
    { planDigest: isFinished && unjudged.size === 0 ? digest : null },
  );
  return { runId: run.id, unjudged };
}

/** Over all that is recorded of a plan. */
function planDigest({ benchmark, trials, stages }: Plan): string {
  return createHash('sha256')
    .update(JSON.stringify(benchmark.resolved))
    .update(stages.map(({ key, label }) => `${key} ${label}\n`).join(''))
    .update(trials.map((trial) => `${JSON.stringify(trial)}\n`).join(''))
    .digest('hex');
}

function shownPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') || fromHere === '' ? file : fromHere;
}

async function replacePlugins(
  manager: EntityManager,
  benchmark: string,
  plugins: NonNullable<RunStartedEvent['plugins']>,
): Promise<void> {
  await manager.delete(PluginEntity, { benchmark });
  await manager.save(
    plugins.map((summary) =>
      Object.assign(new PluginEntity(), { benchmark, kind: summary.kind, name: summary.name, summary }),
    ),
  );
}

/** Where a stage stands, as its trials need it. */
type StageNow = StageState & Pick<PlannedStage, 'key' | 'kind' | 'seed' | 'parameters'>;

/** New stages are added; what is known of others is kept, unless the artifact that it speaks of is gone. */
async function recordStages(
  manager: EntityManager,
  plan: Plan,
  reused: ReadonlySet<string>,
  recovery: Recovery,
): Promise<Map<string, StageNow>> {
  const known = await readStageStates(
    manager,
    plan.stages.map((stage) => stage.key),
  );
  const fresh: PlannedStage[] = [];
  const lost: string[] = [];
  const environments = new Set<string>();
  const now = new Map<string, StageNow>();
  for (const stage of plan.stages) {
    const { key, kind, label, seed, parameters } = stage;
    const earlier = known.get(key);
    const isFound = recovery.keys.has(key);
    const isLost =
      !isFound && !reused.has(key) && (earlier?.status === 'done' || earlier?.status === 'blocked');
    const status = isFound ? 'done' : isLost ? 'planned' : (earlier?.status ?? 'planned');
    const failure = isFound ? null : (earlier?.failure ?? null);
    now.set(key, { key, kind, label, seed, parameters, status, failure });
    if (earlier === undefined) {
      fresh.push(stage);
    } else if (isFound) {
      const found = recovery.read(key);
      const environmentId = await recordEnvironment(manager, found.environment, environments);
      const columns = { ...describe(stage), ...finishedColumns(found.result), status, environmentId };
      await manager.update(StageEntity, { key }, columns);
      if (found.metrics !== undefined) await recordMetrics(manager, key, found.metrics);
    } else {
      // The key decides all but its name and, of a checkpoint, the place that it is fetched from.
      if (earlier.label !== label || kind === 'checkpoint') {
        await manager.update(StageEntity, { key }, describe(stage));
      }
      if (isLost) lost.push(key);
    }
  }
  for (const part of chunksOf(fresh)) await insertStages(manager, part, recovery, environments);
  for (const part of chunksOf(lost)) {
    await manager.update(StageEntity, { key: In(part) }, { status: 'planned' });
  }
  return now;
}

function describe({ key, kind, label, seed, parameters, inputs }: PlannedStage) {
  return { key, kind, label, seed, parameters, inputs: { ...inputs } };
}

async function insertStages(
  manager: EntityManager,
  stages: readonly PlannedStage[],
  recovery: Recovery,
  environments: Set<string>,
): Promise<void> {
  const rows: StageEntity[] = [];
  const metrics: [string, Metrics][] = [];
  for (const stage of stages) {
    const planned: StageEntity = {
      ...describe(stage),
      status: 'planned',
      attempt: 0,
      startedAt: null,
      endedAt: null,
      ledger: null,
      summary: null,
      imageCounts: null,
      failure: null,
      environmentId: null,
    };
    if (!recovery.keys.has(stage.key)) {
      rows.push(planned);
      continue;
    }
    const found = recovery.read(stage.key);
    const environmentId = await recordEnvironment(manager, found.environment, environments);
    rows.push({ ...planned, ...finishedColumns(found.result), status: 'done', environmentId });
    if (found.metrics !== undefined) metrics.push([stage.key, found.metrics]);
  }
  await manager.insert(StageEntity, rows as object[]);
  for (const [key, record] of metrics) await recordMetrics(manager, key, record);
}

/** @returns names of those trials whose data access has not been judged */
async function recordTrials(
  manager: EntityManager,
  plan: Plan,
  stages: ReadonlyMap<string, StageNow>,
): Promise<Set<string>> {
  const benchmark = plan.benchmark.name;
  const earlier = new Map<string, TrialEntity>();
  for (const trial of await manager.findBy(TrialEntity, { benchmark })) earlier.set(trial.id, trial);
  const lineages = await readLineages(manager, benchmark);
  const unjudged = new Set<string>();
  for (const part of chunksOf(plan.trials)) {
    const ids = part.map((trial) => trialRowId(benchmark, trial.id));
    const changed = part.flatMap((trial, index) => {
      const before = earlier.get(ids[index]!);
      return before !== undefined && before.evaluateKey !== trial.evaluateKey
        ? (lineages.get(ids[index]!) ?? [])
        : [];
    });
    const old = await stagesByKey(manager, changed);
    const rows = part.map((trial, index): TrialEntity => {
      const id = ids[index]!;
      const before = earlier.get(id);
      const oldStages = (lineages.get(id) ?? []).flatMap((key) => old.get(key) ?? []);
      const stale = staleColumns(before, oldStages, trial, stages);
      const lineage = trial.stageKeys.map((key) => stages.get(key)!);
      const access = before?.evaluateKey === trial.evaluateKey ? (before?.access ?? null) : null;
      if (access === null || access.verdict === 'unknown') unjudged.add(trial.id);
      return {
        id,
        benchmark,
        name: trial.id,
        ...trial.axes,
        ...trialState(lineage, trial.skipped, stale.staleReason, access),
        access,
        detectKey: trial.detectKey ?? null,
        evaluateKey: trial.evaluateKey ?? null,
        checkpoints: trial.checkpoints ?? null,
        control: trial.control ?? null,
        ...stale,
      };
    });
    const written = rows.filter((row) => !isDeepStrictEqual(row, { ...earlier.get(row.id) }));
    if (written.length > 0) await manager.upsert(TrialEntity, written, ['id']);
    const moved = part.flatMap((trial, index) => {
      const id = ids[index]!;
      return isDeepStrictEqual(lineages.get(id) ?? [], [...trial.stageKeys]) ? [] : [{ id, trial }];
    });
    if (moved.length === 0) continue;
    await manager.delete(TrialStageEntity, { trialId: In(moved.map(({ id }) => id)) });
    const links = moved.flatMap(({ id, trial }) =>
      trial.stageKeys.map((stageKey, position) => ({ trialId: id, stageKey, position })),
    );
    for (const some of chunksOf(links, 1000)) await manager.insert(TrialStageEntity, some);
  }
  return unjudged;
}

type StaleColumns = Pick<TrialEntity, 'staleEvaluateKey' | 'staleDetectKey' | 'staleReason'>;
const notStale: StaleColumns = { staleEvaluateKey: null, staleDetectKey: null, staleReason: null };

/** The earlier result of a trial that is planned by other stages now, and what has changed. */
function staleColumns(
  earlier: TrialEntity | undefined,
  oldStages: readonly StageEntity[],
  trial: PlannedTrial,
  stages: ReadonlyMap<string, StageNow>,
): StaleColumns {
  if (earlier === undefined || trial.skipped !== undefined) return notStale;
  if (trial.evaluateKey !== undefined && stages.get(trial.evaluateKey)?.status === 'done') return notStale;
  if (earlier.evaluateKey !== trial.evaluateKey && oldStages.at(-1)?.ledger) {
    return {
      staleEvaluateKey: earlier.evaluateKey,
      staleDetectKey: earlier.detectKey,
      staleReason: changedStages(
        oldStages,
        trial.stageKeys.map((key) => stages.get(key)!),
      ),
    };
  }
  if (earlier.staleEvaluateKey === trial.evaluateKey) return notStale;
  const { staleEvaluateKey, staleDetectKey, staleReason } = earlier;
  return { staleEvaluateKey, staleDetectKey, staleReason };
}

/** Cells that are not in this plan: kept, stale where what they rest on has changed, dropped where nothing is known of them. */
async function markOutdated(manager: EntityManager, plan: Plan, before: unknown): Promise<void> {
  const benchmark = plan.benchmark.name;
  const planned = new Set(plan.trials.map((trial) => trialRowId(benchmark, trial.id)));
  const others = (await manager.findBy(TrialEntity, { benchmark })).filter((trial) => !planned.has(trial.id));
  if (others.length === 0) return;
  const lineages = await readLineages(manager, benchmark);
  const outdated = outdatedBy(plan, before);
  const stages = await stagesByKey(
    manager,
    others.flatMap(({ id }) => lineages.get(id) ?? []),
  );
  for (const trial of others) {
    const own = (lineages.get(trial.id) ?? []).flatMap((key) => stages.get(key) ?? []);
    const reason = outdated(trial, own);
    if (reason === undefined) continue;
    if (trial.status === 'done' || trial.status === 'invalid' || trial.status === 'stale') {
      await manager.update(
        TrialEntity,
        { id: trial.id },
        {
          status: 'stale',
          code: 'STALE',
          reason,
          staleReason: reason,
          staleEvaluateKey: trial.staleEvaluateKey ?? trial.evaluateKey,
          staleDetectKey: trial.staleDetectKey ?? trial.detectKey,
        },
      );
    } else if (reason.startsWith('no longer')) {
      await manager.delete(TrialEntity, { id: trial.id });
    }
  }
}
