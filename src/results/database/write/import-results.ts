import { type EntityManager, In } from 'typeorm';
import type { Metrics } from '../../../evaluation';
import { digestOf } from '../../../core/json/canonical-json';
import {
  BenchmarkEntity,
  PluginEntity,
  RunEntity,
  StageEntity,
  TrialEntity,
  TrialStageEntity,
} from '../entities';
import type { BenchmarkResults, StageRecord, TrialRecord } from '../records';
import { chunksOf } from './chunks';
import { trialRowId } from './record-trials';
import { recordEnvironment, recordMetrics, unfinished } from './stage-events';
import { refreshTrials, readStagesByKey } from './trial-states';

/** Results from elsewhere, checked and merged. */
export interface ResultsToImport {
  /** The benchmark as it will be; `trials` and `stages` are those to write. */
  readonly benchmark: BenchmarkResults;
  /** By key of the evaluate stage. */
  readonly metrics: ReadonlyMap<string, Metrics>;
  /** Whether stages that are finished here too are replaced. */
  readonly replace: boolean;
}

/**
 * Records results of another machine. A stage that is finished here keeps its local cost.
 *
 * @returns keys of the stages that were written
 */
export async function importResults(
  manager: EntityManager,
  { benchmark, metrics, replace }: ResultsToImport,
  now: string,
): Promise<Set<string>> {
  const { name, title, description, file, resolved, datasets } = benchmark;
  const before = await manager.findOneBy(BenchmarkEntity, { name });
  await manager.upsert(
    BenchmarkEntity,
    {
      name,
      title: before?.title ?? title,
      description: before?.description ?? description,
      file: before?.file ?? file,
      resolved: resolved as object,
      datasets: { ...datasets, ...before?.datasets },
      // Of a benchmark that is new here, results are as old as they were where they come from.
      updatedAt: before === null ? benchmark.updatedAt : now,
      // The next run looks at all of its trials.
      planDigest: null,
    },
    ['name'],
  );
  const environmentIds = new Map<string, string>();
  for (const [id, facts] of Object.entries(benchmark.environments)) {
    environmentIds.set(id, await recordEnvironment(manager, facts));
  }
  const written = await writeStages(manager, benchmark.stages, environmentIds, replace);
  for (const [key, record] of metrics) if (written.has(key)) await recordMetrics(manager, key, record);
  await writeTrials(manager, name, benchmark.trials);
  await writeRuns(manager, benchmark, environmentIds);
  const known = new Set((await manager.findBy(PluginEntity, { benchmark: name })).map(pluginId));
  await manager.save(
    benchmark.plugins
      .filter((plugin) => !known.has(pluginId(plugin)))
      .map((summary) =>
        Object.assign(new PluginEntity(), {
          benchmark: name,
          kind: summary.kind,
          name: summary.name,
          summary,
        }),
      ),
  );
  return written;
}

const pluginId = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind}/${name}`;

async function writeStages(
  manager: EntityManager,
  stages: readonly StageRecord[],
  environmentIds: ReadonlyMap<string, string>,
  replace: boolean,
): Promise<Set<string>> {
  const known = await readStagesByKey(
    manager,
    stages.map(({ key }) => key),
  );
  const wanted = stages.filter((stage) => {
    const own = known.get(stage.key);
    if (own === undefined) return true;
    return stage.status === 'done' && (replace || own.status !== 'done');
  });
  const rows = wanted.map((stage): StageEntity => ({
    startedAt: null,
    ...unfinished,
    ...stage,
    environmentId: environmentIds.get(stage.environmentId ?? '') ?? null,
  }));
  for (const part of chunksOf(rows)) await manager.upsert(StageEntity, part as object[], ['key']);
  return new Set(rows.map(({ key }) => key));
}

async function writeTrials(
  manager: EntityManager,
  benchmark: string,
  trials: readonly TrialRecord[],
): Promise<void> {
  const ids = trials.map((trial) => trialRowId(benchmark, trial.id));
  const rows = trials.map((trial, index): TrialEntity => ({
    id: ids[index]!,
    benchmark,
    name: trial.id,
    ...trial.axes,
    status: trial.status,
    code: trial.code ?? null,
    reason: trial.reason ?? null,
    logFile: trial.logFile ?? null,
    detectKey: trial.detectKey ?? null,
    evaluateKey: trial.evaluateKey ?? null,
    staleEvaluateKey: null,
    staleDetectKey: null,
    staleReason: null,
    access: trial.access ?? null,
    checkpoints: trial.checkpoints ?? null,
    control: trial.control ?? null,
  }));
  for (const part of chunksOf(rows)) await manager.upsert(TrialEntity, part, ['id']);
  for (const part of chunksOf(ids)) await manager.delete(TrialStageEntity, { trialId: In(part) });
  const links = trials.flatMap((trial, index) =>
    trial.stageKeys.map((stageKey, position) => ({ trialId: ids[index]!, stageKey, position })),
  );
  for (const part of chunksOf(links)) await manager.insert(TrialStageEntity, part);
  // Of its own stages some may be in another state here.
  await refreshTrials(manager, ids);
}

/** Runs that are not known yet, by all that is known of them. */
async function writeRuns(
  manager: EntityManager,
  { name, runs }: ResultsToImport['benchmark'],
  environmentIds: ReadonlyMap<string, string>,
): Promise<void> {
  const known = new Set((await manager.findBy(RunEntity, { benchmark: name })).map(runId));
  const rows = runs
    .map((run) => ({
      benchmark: name,
      startedAt: run.startedAt,
      endedAt: run.endedAt ?? null,
      cancelled: run.cancelled ?? null,
      command: run.command,
      slots: run.slots,
      trials: run.trials,
      environmentId: environmentIds.get(run.environmentId)!,
    }))
    .filter((run) => !known.has(runId(run)));
  await manager.save(RunEntity, rows);
}

function runId({
  startedAt,
  environmentId,
  command,
}: Pick<RunEntity, 'startedAt' | 'environmentId' | 'command'>) {
  return digestOf({ startedAt, environmentId, command });
}
