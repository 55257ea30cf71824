import { type EntityManager, In } from 'typeorm';
import type { Stats } from '../evaluation/summarise';
import { BenchmarkEntity, MetricsEntity, StageEntity, TrialEntity, TrialStageEntity } from './entities';
import { matrixOrder } from './matrix-order';
import { type ProbeRecord, probeOf } from './probes';
import { stageRecord } from './read-records';
import { readSnapshot } from './read-snapshot';
import type { BenchmarkResults, TrialRecord } from './records';
import { chunksOf } from './write/chunks';

/** A trial as a table shows it. */
export type TrialOverview = Pick<
  TrialRecord,
  'id' | 'axes' | 'status' | 'code' | 'reason' | 'logFile' | 'control' | 'points' | 'evaluateKey'
> & {
  readonly metrics?: { readonly stats: Stats };
  /** What its initial weights are worth in their own task. */
  readonly probe?: ProbeRecord;
};

export type BenchmarkOverview = Pick<BenchmarkResults, 'name' | 'title' | 'file' | 'updatedAt'> & {
  /** In the order of the matrix. */
  readonly trials: readonly TrialOverview[];
};

const scoreNames = [
  'AP',
  'AP50',
  'AP75',
  'APs',
  'APm',
  'APl',
  'AR1',
  'AR10',
  'AR100',
  'ARs',
  'ARm',
  'ARl',
] as const satisfies readonly (keyof Stats)[];

const columns = [
  'init',
  'augmentation',
  'strategy',
  'fraction',
  'seed',
  'status',
  'code',
  'reason',
  'logFile',
  'control',
  'points',
] as const satisfies readonly (keyof TrialEntity)[];

type Row = Record<(typeof scoreNames)[number], number | null> &
  Omit<Pick<TrialEntity, (typeof columns)[number]>, 'control' | 'points'> & {
    readonly id: string;
    readonly control: string | null;
    readonly points: string | null;
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
  const overviews: BenchmarkOverview[] = [];
  for (const { name, title, file, resolved, updatedAt } of benchmarks) {
    const rows = await readRows(manager, name);
    const trials = rows.some(({ points }) => points !== null)
      ? // What AP did along a training takes the resampled APs to tell.
        (await readSnapshot(manager, name)).benchmarks[0]!.trials
      : rows.map(trialOf).sort(matrixOrder(resolved));
    const probes = await readProbes(manager, name);
    overviews.push({
      name,
      title,
      file,
      updatedAt,
      trials: probes.size === 0 ? trials : trials.map((trial) => ({ ...trial, probe: probes.get(trial.id) })),
    });
  }
  return overviews;
}

/** By name of the trial. */
async function readProbes(manager: EntityManager, benchmark: string): Promise<Map<string, ProbeRecord>> {
  const stages = (await manager.findBy(StageEntity, { kind: 'probe' })).map(stageRecord);
  const measured = [...new Set(stages.map(({ inputs }) => inputs['from'] ?? ''))];
  const stageKeys = new Map<string, string[]>();
  for (const part of chunksOf(measured)) {
    const links = await manager
      .createQueryBuilder(TrialStageEntity, 'link')
      .innerJoin(TrialEntity, 'trial', 'trial.id = link.trialId')
      .select('trial.name', 'trial')
      .addSelect('link.stageKey', 'stage')
      .where({ stageKey: In(part) })
      .andWhere('trial.benchmark = :benchmark', { benchmark })
      .getRawMany<{ readonly trial: string; readonly stage: string }>();
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
    .select('trial.name', 'id')
    .addSelect('metrics.stageKey', 'scored')
    .where('trial.benchmark = :benchmark', { benchmark });
  for (const column of columns) query.addSelect(`trial.${column}`, column);
  for (const score of scoreNames) query.addSelect(`metrics.${score}`, score);
  return query.getRawMany<Row>();
}

function trialOf(row: Row): TrialOverview {
  const { id, init, augmentation, strategy, fraction, seed, status, code, reason, logFile, control } = row;
  const { AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl } = row;
  const isScored = status === 'done' || status === 'invalid' || status === 'stale';
  return {
    id,
    axes: { init, augmentation, strategy, fraction, seed },
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
