import { type EntityManager, In, Not, IsNull } from 'typeorm';
import { type TrialAxes, axesOf } from '../../core/plan/axes';
import {
  BenchmarkEntity,
  MetricsEntity,
  RunEntity,
  StageEntity,
  TrialEntity,
  TrialStageEntity,
} from './entities';
import { type StageStatus, type TrialStatus, trialStatuses } from './records';

/** Progress of a benchmark in a few numbers: cheap to read while it runs. */
export interface BenchmarkProgress {
  readonly name: string;
  readonly title: string;
  readonly updatedAt: string;
  readonly trials: Readonly<Record<TrialStatus, number>>;
  readonly stages: Readonly<Record<StageStatus, number>>;
  /** The newest run; without an end while it runs, and where it was killed. */
  readonly run?: {
    readonly startedAt: string;
    readonly endedAt?: string;
    readonly slots: number;
    readonly command: string;
  };
  readonly running: readonly {
    readonly key: string;
    readonly label: string;
    readonly kind: string;
    readonly startedAt?: string;
    /** One of its trials, and how many there are. */
    readonly trial?: TrialAxes;
    readonly users: number;
  }[];
  /** Newest first. */
  readonly scored: readonly {
    readonly trial: TrialAxes;
    readonly AP: number | null;
    readonly endedAt?: string;
  }[];
  readonly failed: readonly { readonly trial: TrialAxes; readonly reason?: string }[];
  /** Seconds that are left at the pace of the last stages of each kind; absent where a kind has not run yet. */
  readonly secondsLeft?: number;
}

const axisColumns = {
  init: true,
  augmentation: true,
  strategy: true,
  fraction: true,
  length: true,
  seed: true,
} as const satisfies Record<keyof TrialAxes, true>;

const listed = 8;
/** Finished stages from which the pace is estimated. */
const recent = 300;

export async function readProgress(manager: EntityManager): Promise<BenchmarkProgress[]> {
  const benchmarks = await manager.find(BenchmarkEntity, {
    select: { name: true, title: true, updatedAt: true },
    order: { updatedAt: 'DESC', name: 'ASC' },
  });
  const progress: BenchmarkProgress[] = [];
  for (const { name, title, updatedAt } of benchmarks) {
    const [run] = await manager.find(RunEntity, {
      where: { benchmark: name },
      order: { id: 'DESC' },
      take: 1,
    });
    const byKind = await stagesByKind(manager, name);
    const stages = { planned: 0, running: 0, done: 0, failed: 0, blocked: 0 };
    for (const { status, count } of byKind) stages[status] += count;
    progress.push({
      name,
      title,
      updatedAt,
      trials: await trialCounts(manager, name),
      stages,
      ...(run && {
        run: {
          startedAt: run.startedAt,
          endedAt: run.endedAt ?? undefined,
          slots: run.slots,
          command: run.command,
        },
      }),
      running: await runningStages(manager, name),
      scored: await lastScored(manager, name),
      failed: await failedTrials(manager, name),
      ...(run && (await timeLeft(manager, byKind, run.slots))),
    });
  }
  return progress;
}

async function trialCounts(manager: EntityManager, benchmark: string): Promise<Record<TrialStatus, number>> {
  const rows = await manager
    .createQueryBuilder(TrialEntity, 'trial')
    .select('trial.status', 'status')
    .addSelect('COUNT(*)', 'count')
    .where('trial.benchmark = :benchmark', { benchmark })
    .groupBy('trial.status')
    .getRawMany<{ status: TrialStatus; count: number | string }>();
  const counts = Object.fromEntries(trialStatuses.map((status) => [status, 0]));
  for (const { status, count } of rows) counts[status] = Number(count);
  return counts as Record<TrialStatus, number>;
}

interface KindCount {
  readonly kind: string;
  readonly status: StageStatus;
  readonly count: number;
}

async function stagesByKind(manager: EntityManager, benchmark: string): Promise<KindCount[]> {
  const rows = await manager
    .createQueryBuilder(StageEntity, 'stage')
    .innerJoin(TrialStageEntity, 'link', 'link.stageKey = stage.key')
    .innerJoin(TrialEntity, 'trial', 'trial.id = link.trialId')
    .select('stage.kind', 'kind')
    .addSelect('stage.status', 'status')
    .addSelect('COUNT(DISTINCT stage.key)', 'count')
    .where('trial.benchmark = :benchmark', { benchmark })
    .groupBy('stage.kind')
    .addGroupBy('stage.status')
    .getRawMany<{ kind: string; status: StageStatus; count: number | string }>();
  return rows.map(({ kind, status, count }) => ({ kind, status, count: Number(count) }));
}

async function runningStages(
  manager: EntityManager,
  benchmark: string,
): Promise<BenchmarkProgress['running']> {
  const stages = await manager.find(StageEntity, {
    select: { key: true, label: true, kind: true, startedAt: true },
    where: { status: 'running' },
    order: { startedAt: 'ASC' },
  });
  const links = await manager.findBy(TrialStageEntity, { stageKey: In(stages.map(({ key }) => key)) });
  const trials = await manager.find(TrialEntity, {
    select: { id: true, ...axisColumns },
    where: { benchmark, id: In(links.map(({ trialId }) => trialId)) },
    order: { name: 'ASC' },
  });
  return stages.flatMap(({ key, label, kind, startedAt }) => {
    const own = new Set(links.flatMap(({ stageKey, trialId }) => (stageKey === key ? trialId : [])));
    const users = trials.filter(({ id }) => own.has(id));
    const [first] = users;
    if (first === undefined) return [];
    const start = startedAt ?? undefined;
    return { key, label, kind, startedAt: start, trial: axesOf(first), users: users.length };
  });
}

async function lastScored(manager: EntityManager, benchmark: string): Promise<BenchmarkProgress['scored']> {
  const query = manager
    .createQueryBuilder(TrialEntity, 'trial')
    .innerJoin(StageEntity, 'stage', 'stage.key = trial.evaluateKey')
    .innerJoin(MetricsEntity, 'metrics', 'metrics.stageKey = trial.evaluateKey')
    .select('metrics.AP', 'score')
    .addSelect('stage.endedAt', 'ended')
    .where('trial.benchmark = :benchmark', { benchmark })
    .andWhere("trial.status = 'done'")
    .orderBy('stage.endedAt', 'DESC')
    .addOrderBy('trial.name', 'ASC')
    .limit(listed);
  for (const axis of Object.keys(axisColumns)) query.addSelect(`trial.${axis}`, axis);
  const rows = await query.getRawMany<TrialAxes & { score: number | null; ended: string | null }>();
  return rows.map(({ score, ended, ...trial }) => ({ trial, AP: score, endedAt: ended ?? undefined }));
}

async function failedTrials(manager: EntityManager, benchmark: string): Promise<BenchmarkProgress['failed']> {
  const trials = await manager.find(TrialEntity, {
    select: { id: true, ...axisColumns, reason: true },
    where: { benchmark, status: 'failed' },
    order: { name: 'ASC' },
    take: listed,
  });
  return trials.map(({ reason, ...trial }) => ({ trial: axesOf(trial), ...(reason !== null && { reason }) }));
}

async function timeLeft(
  manager: EntityManager,
  counts: readonly KindCount[],
  slots: number,
): Promise<{ secondsLeft?: number }> {
  const waiting = counts.filter(({ status }) => status === 'planned' || status === 'running');
  if (waiting.length === 0) return {};
  const done = await manager.find(StageEntity, {
    select: { key: true, kind: true, startedAt: true, endedAt: true },
    where: { status: 'done', endedAt: Not(IsNull()) },
    order: { endedAt: 'DESC' },
    take: recent,
  });
  let seconds = 0;
  for (const { kind, status, count } of waiting) {
    const times = done.flatMap((stage) =>
      stage.kind === kind ? (Date.parse(stage.endedAt!) - Date.parse(stage.startedAt!)) / 1000 : [],
    );
    if (times.length === 0) return {};
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    // A running stage counts as half done.
    seconds += (status === 'running' ? 0.5 : 1) * count * mean;
  }
  return { secondsLeft: seconds / slots };
}
