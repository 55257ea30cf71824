import { type EntityManager, In } from 'typeorm';
import { stageRecord, trialRecord } from './read-records';
import {
  BenchmarkEntity,
  EnvironmentEntity,
  MetricsEntity,
  PluginEntity,
  RunEntity,
  StageEntity,
  TrialEntity,
} from './entities';
import { matrixOrder } from './matrix-order';
import { readLineages } from './queries';
import type { BenchmarkResults, ResultsSnapshot } from './records';
import { chunksOf } from './write/chunks';
import { checkpointKeys, readStagesByKey } from './write/trial-states';

export async function readSnapshot(manager: EntityManager, only?: string): Promise<ResultsSnapshot> {
  const benchmarks = await manager.find(BenchmarkEntity, {
    where: only === undefined ? {} : { name: only },
    order: { updatedAt: 'DESC', name: 'ASC' },
  });
  const results: BenchmarkResults[] = [];
  for (const benchmark of benchmarks) results.push(await readBenchmarkResults(manager, benchmark));
  return { schemaVersion: 1, benchmarks: results };
}

async function readBenchmarkResults(
  manager: EntityManager,
  benchmark: BenchmarkEntity,
): Promise<BenchmarkResults> {
  const { name } = benchmark;
  const trials = await manager.findBy(TrialEntity, { benchmark: name });
  const keysOf = await readLineages(manager, name);
  const metrics = await readMetrics(manager, trials);
  const lineages = [...keysOf.values()].flat();
  const stages = await readStagesByKey(manager, [
    ...lineages,
    ...trials.flatMap((trial) => checkpointKeys(trial)),
    ...(await probeKeys(manager, new Set(lineages))),
  ]);
  const runs = await manager.find(RunEntity, { where: { benchmark: name }, order: { id: 'ASC' } });
  const environmentIds = [
    ...[...stages.values()].flatMap((stage) => stage.environmentId ?? []),
    ...runs.map((run) => run.environmentId),
  ];
  const environments = await manager.findBy(EnvironmentEntity, { id: In([...new Set(environmentIds)]) });
  const plugins = await manager.find(PluginEntity, {
    where: { benchmark: name },
    order: { kind: 'ASC', name: 'ASC' },
  });
  const { title, description, file, resolved, updatedAt, datasets } = benchmark;
  return {
    name,
    title,
    description,
    file,
    resolved,
    updatedAt,
    datasets,
    trials: trials
      .map((trial) => trialRecord(trial, keysOf.get(trial.id) ?? [], metrics))
      .sort(matrixOrder(resolved)),
    // In the order of the rows in `stages` of the plan only by chance: by key is the same everywhere.
    stages: [...stages.values()].map(stageRecord).sort((a, b) => (a.key < b.key ? -1 : 1)),
    runs: runs.map((run) => ({
      startedAt: run.startedAt,
      endedAt: run.endedAt ?? undefined,
      cancelled: run.cancelled ?? undefined,
      command: run.command,
      slots: run.slots,
      trials: run.trials,
      environmentId: run.environmentId,
    })),
    environments: Object.fromEntries(
      environments.sort((a, b) => (a.id < b.id ? -1 : 1)).map((row) => [row.id, row.facts]),
    ),
    plugins: plugins.map((row) => row.summary),
  };
}

/** The metrics of the trials and of their checkpoints, by the key of the evaluation. */
async function readMetrics(
  manager: EntityManager,
  trials: readonly TrialEntity[],
): Promise<Map<string, MetricsEntity>> {
  const scored = new Set(
    trials.flatMap(({ staleEvaluateKey, evaluateKey, checkpoints }) => [
      staleEvaluateKey ?? evaluateKey ?? '',
      ...(checkpoints ?? []).map((point) => point.evaluateKey),
    ]),
  );
  const metrics = new Map<string, MetricsEntity>();
  for (const part of chunksOf([...scored])) {
    for (const row of await manager.findBy(MetricsEntity, { stageKey: In(part) })) {
      metrics.set(row.stageKey, row);
    }
  }
  return metrics;
}

/** Probes of initial weights are stored beside the trials that start from these. */
async function probeKeys(manager: EntityManager, lineages: ReadonlySet<string>): Promise<string[]> {
  const probes = await manager.findBy(StageEntity, { kind: 'probe' });
  return probes.filter(({ inputs }) => lineages.has(inputs['from'] ?? '')).map(({ key }) => key);
}
