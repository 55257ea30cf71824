import { type EntityManager, In } from 'typeorm';
import { statNames, type Stats } from '../../evaluation/summarise';
import { BenchmarkEntity, MetricsEntity, StageEntity, TrialEntity, TrialStageEntity } from './entities';
import { matrixOrder } from './matrix-order';
import { type ProbeRecord, probeOf } from './probes';
import { stageRecord } from './read-records';
import { readSnapshot } from './read-snapshot';
import type { BenchmarkResults, TrialRecord } from './records';
import { rowsAsText, type SelectedColumn } from './select-json';
import { chunksOf } from './write/chunks';
import { trialRowId } from './write/record-trials';
import { axesOf } from '../../core/plan/axes';

/** A trial as a table shows it. */
export type TrialOverview = Pick<
  TrialRecord,
  'id' | 'axes' | 'status' | 'code' | 'reason' | 'logFile' | 'control' | 'checkpoints' | 'evaluateKey'
> & {
  readonly metrics?: { readonly stats: Stats };
  /** What its initial weights are worth in their own task. */
  readonly probe?: ProbeRecord;
};

export type BenchmarkOverview = Pick<BenchmarkResults, 'name' | 'title' | 'file' | 'updatedAt'> & {
  /** In the order of the matrix. */
  readonly trials: readonly TrialOverview[];
};

type Row = Stats &
  TrialOverview['axes'] & {
    readonly id: string;
    readonly status: TrialOverview['status'];
    readonly code: string | null;
    readonly reason: string | null;
    readonly logFile: string | null;
    readonly control: string | null;
    readonly hasCheckpoints: 0 | 1;
    readonly scored: string | null;
  };

/** Without the evaluators' whole results, which are hundreds of megabytes where there are ten thousand trials. */
export async function readOverview(
  manager: EntityManager,
  only: string | undefined,
): Promise<BenchmarkOverview[]> {
  const benchmarks = await manager.find(BenchmarkEntity, {
    select: { name: true, title: true, file: true, resolved: true, updatedAt: true },
    where: only === undefined ? {} : { name: only },
    order: { updatedAt: 'DESC', name: 'ASC' },
  });
  if (benchmarks.length === 0) return [];
  const probes = await readProbes(manager);
  const overviews: BenchmarkOverview[] = [];
  for (const { name, title, file, resolved, updatedAt } of benchmarks) {
    const rows = await readRows(manager, name);
    const trials = rows.some(({ hasCheckpoints }) => hasCheckpoints === 1)
      ? // What AP did along a training takes the resampled APs to tell.
        (await readSnapshot(manager, name)).benchmarks[0]!.trials
      : rows.map(trialOf).sort(matrixOrder(resolved));
    overviews.push({
      name,
      title,
      file,
      updatedAt,
      trials:
        probes.size === 0
          ? trials
          : trials.map((trial) => ({ ...trial, probe: probes.get(trialRowId(name, trial.id)) })),
    });
  }
  return overviews;
}

/** By row id of the trial. */
async function readProbes(manager: EntityManager): Promise<Map<string, ProbeRecord>> {
  const stages = (await manager.findBy(StageEntity, { kind: 'probe' })).map(stageRecord);
  const measured = [...new Set(stages.map(({ inputs }) => inputs['from'] ?? ''))];
  const stageKeys = new Map<string, string[]>();
  for (const part of chunksOf(measured)) {
    // Without the trials: SQLite would go through all of them instead of the few stages.
    const query = manager.createQueryBuilder(TrialStageEntity, 'link').where({ stageKey: In(part) });
    const links = await rowsAsText<{ trial: string; stage: string }, TrialStageEntity>(manager, query, {
      trial: 'link.trialId',
      stage: 'link.stageKey',
    });
    for (const { trial, stage } of links) stageKeys.set(trial, [...(stageKeys.get(trial) ?? []), stage]);
  }
  const byWeights = new Map<string, ProbeRecord | undefined>();
  const probes = new Map<string, ProbeRecord>();
  for (const [trial, keys] of stageKeys) {
    const name = keys.join();
    if (!byWeights.has(name)) byWeights.set(name, probeOf({ stageKeys: keys }, { stages }));
    const probe = byWeights.get(name);
    if (probe !== undefined) probes.set(trial, probe);
  }
  return probes;
}

function readRows(manager: EntityManager, benchmark: string): Promise<Row[]> {
  const query = manager
    .createQueryBuilder(TrialEntity, 'trial')
    .leftJoin(
      MetricsEntity,
      'metrics',
      'metrics.stageKey = COALESCE(trial.staleEvaluateKey, trial.evaluateKey)',
    )
    .where('trial.benchmark = :benchmark', { benchmark });
  const scores = statNames.map((score) => [score, { real: `metrics.${score}` }] as const);
  return rowsAsText<Row, TrialEntity>(manager, query, {
    id: 'trial.name',
    init: 'trial.init',
    augmentation: 'trial.augmentation',
    strategy: 'trial.strategy',
    fraction: { real: 'trial.fraction' },
    length: { real: 'trial.length' },
    seed: 'trial.seed',
    status: 'trial.status',
    code: 'trial.code',
    reason: 'trial.reason',
    logFile: 'trial.logFile',
    control: 'trial.control',
    hasCheckpoints: 'CASE WHEN trial.checkpoints IS NULL THEN 0 ELSE 1 END',
    scored: 'metrics.stageKey',
    ...(Object.fromEntries(scores) as Record<keyof Stats, SelectedColumn>),
  });
}

function trialOf(row: Row): TrialOverview {
  const { id, status, code, reason, logFile, control } = row;
  const { AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl } = row;
  const isScored = status === 'done' || status === 'invalid' || status === 'stale';
  return {
    id,
    axes: axesOf(row),
    status,
    code: code ?? undefined,
    reason: reason ?? undefined,
    logFile: logFile ?? undefined,
    ...(control !== null && { control: JSON.parse(control) as TrialOverview['control'] }),
    ...(isScored &&
      row.scored !== null && {
        metrics: { stats: { AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl } },
      }),
  };
}
