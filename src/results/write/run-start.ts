import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { type EntityManager, In } from 'typeorm';
import type { Plan, PlannedTrial } from '../../benchmark/plan';
import type { RunEnvironment, RunListener, StageResult } from '../../execution/events';
import {
  BenchmarkEntity,
  PluginEntity,
  RunEntity,
  StageEntity,
  TrialEntity,
  TrialStageEntity,
} from '../entities';
import type { MetricsRecord } from '../records';
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
  readonly metrics?: MetricsRecord;
}

/** A trial's primary key: a digest, so that no two names can fall together. */
export function trialRowId(benchmark: string, name: string): string {
  return createHash('sha256').update(`${benchmark}\n${name}`).digest('hex');
}

/** @returns the run's id */
export async function recordRunStart(
  manager: EntityManager,
  event: RunStartedEvent,
  recovered: ReadonlyMap<string, RecoveredStage>,
  now: string,
): Promise<number> {
  const { plan, environment } = event;
  const { name } = plan.benchmark;
  const before = await manager.findOneBy(BenchmarkEntity, { name });
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
  const stages = await recordStages(manager, plan, new Set(event.reused), recovered);
  await recordTrials(manager, plan, stages);
  await markOutdated(manager, plan, before?.resolved);
  return run.id;
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

/** New stages are added; what is known of others is kept, unless the artifact that it speaks of is gone. */
async function recordStages(
  manager: EntityManager,
  plan: Plan,
  reused: ReadonlySet<string>,
  recovered: ReadonlyMap<string, RecoveredStage>,
): Promise<Map<string, StageEntity>> {
  const known = await stagesByKey(
    manager,
    plan.stages.map((stage) => stage.key),
  );
  const environments = new Map<string, string>();
  for (const [key, { environment }] of recovered) {
    environments.set(key, await recordEnvironment(manager, environment));
  }
  const rows = plan.stages.map((stage): StageEntity => {
    const earlier = known.get(stage.key);
    const found = recovered.get(stage.key);
    const row = Object.assign(new StageEntity(), {
      attempt: 0,
      startedAt: null,
      endedAt: null,
      ledger: null,
      summary: null,
      imageCounts: null,
      failure: null,
      environmentId: null,
      status: 'planned',
      ...earlier,
      key: stage.key,
      kind: stage.kind,
      label: stage.label,
      seed: stage.seed,
      parameters: stage.parameters,
      inputs: { ...stage.inputs },
    } satisfies StageEntity);
    if (found !== undefined) {
      const environmentId = environments.get(stage.key);
      Object.assign(row, finishedColumns(found.result), { status: 'done', environmentId });
    } else if (!reused.has(stage.key) && (row.status === 'done' || row.status === 'blocked'))
      row.status = 'planned';
    return row;
  });
  for (const part of chunksOf(rows)) await manager.upsert(StageEntity, part as object[], ['key']);
  for (const [key, { metrics }] of recovered) {
    if (metrics !== undefined) await recordMetrics(manager, key, metrics);
  }
  return new Map(rows.map((row) => [row.key, row]));
}

async function recordTrials(
  manager: EntityManager,
  plan: Plan,
  stages: ReadonlyMap<string, StageEntity>,
): Promise<void> {
  const benchmark = plan.benchmark.name;
  const earlier = new Map<string, TrialEntity>();
  for (const trial of await manager.findBy(TrialEntity, { benchmark })) earlier.set(trial.id, trial);
  for (const part of chunksOf(plan.trials)) {
    const ids = part.map((trial) => trialRowId(benchmark, trial.id));
    const links = await manager.find(TrialStageEntity, {
      where: { trialId: In(ids) },
      order: { position: 'ASC' },
    });
    const old = await stagesByKey(
      manager,
      links.map((link) => link.stageKey),
    );
    const rows = part.map((trial, index) => {
      const id = ids[index]!;
      const oldStages = links.filter((link) => link.trialId === id).map((link) => old.get(link.stageKey)!);
      const stale = staleColumns(earlier.get(id), oldStages, trial, stages);
      const lineage = trial.stageKeys.map((key) => stages.get(key)!);
      const before = earlier.get(id);
      const access = before?.evaluateKey === trial.evaluateKey ? (before?.access ?? null) : null;
      return {
        id,
        benchmark,
        name: trial.id,
        ...trial.axes,
        ...trialState(lineage, trial.skipped, stale.staleReason, access),
        access,
        detectKey: trial.detectKey ?? null,
        evaluateKey: trial.evaluateKey ?? null,
        points: trial.points ?? null,
        control: trial.control ?? null,
        ...stale,
      };
    });
    await manager.upsert(TrialEntity, rows, ['id']);
    await manager.delete(TrialStageEntity, { trialId: In(ids) });
    const newLinks = part.flatMap((trial, index) =>
      trial.stageKeys.map((stageKey, position) => ({ trialId: ids[index]!, stageKey, position })),
    );
    for (const some of chunksOf(newLinks)) await manager.insert(TrialStageEntity, some);
  }
}

type StaleColumns = Pick<TrialEntity, 'staleEvaluateKey' | 'staleDetectKey' | 'staleReason'>;
const notStale: StaleColumns = { staleEvaluateKey: null, staleDetectKey: null, staleReason: null };

/** The earlier result of a trial that is planned by other stages now, and what has changed. */
function staleColumns(
  earlier: TrialEntity | undefined,
  oldStages: readonly StageEntity[],
  trial: PlannedTrial,
  stages: ReadonlyMap<string, StageEntity>,
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
  for (const trial of others) {
    const links = await manager.find(TrialStageEntity, {
      where: { trialId: trial.id },
      order: { position: 'ASC' },
    });
    const stages = await stagesByKey(
      manager,
      links.map((link) => link.stageKey),
    );
    const reason = outdatedBy(plan, before, trial, [...stages.values()]);
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
