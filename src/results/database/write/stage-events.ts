import type { EntityManager } from 'typeorm';
import type { Metrics } from '../../../evaluation';
import type { PlannedStage } from '../../../core/plan/stage';
import type { StageResult } from '../../../core/plan/run-events';
import type { RunEnvironment } from '../../../core/plan/outcome-schema';
import type { StageFailure } from '../../../core/plan/failure';
import { digestOf } from '../../../core/json/canonical-json';
import { EnvironmentEntity, MetricsEntity, StageEntity } from '../entities';
import type { StageStatus } from '../records';
import { refreshTrialsOf } from './trial-states';

export async function setStageStatus(
  manager: EntityManager,
  key: string,
  status: StageStatus,
  more: Partial<StageEntity> = {},
): Promise<void> {
  const { affected } = await manager.update(StageEntity, { key }, { ...(more as object), status });
  // An event of an unplanned stage is an internal error.
  if (affected === 0) throw new Error(`stage ${key} is in no recorded plan`);
  await refreshTrialsOf(manager, key);
}

/**
 * @param recorded ids that this transaction has recorded already: thousands of stages ran on one machine
 * @returns the id under which a machine with its software is recorded
 */
export async function recordEnvironment(
  manager: EntityManager,
  environment: RunEnvironment,
  recorded = new Set<string>(),
): Promise<string> {
  const id = digestOf(environment);
  if (recorded.has(id)) return id;
  recorded.add(id);
  if (await manager.existsBy(EnvironmentEntity, { id })) return id;
  await manager.upsert(EnvironmentEntity, { id, facts: environment as RunEnvironment & object }, ['id']);
  return id;
}

/** What is recorded of a stage that has not ended yet. */
export const unfinished = {
  endedAt: null,
  failure: null,
  ledger: null,
  summary: null,
  imageCounts: null,
} as const;

export async function recordStart(
  manager: EntityManager,
  stage: PlannedStage,
  attempt: number,
  environment: RunEnvironment,
  startedAt: string,
): Promise<void> {
  const environmentId = await recordEnvironment(manager, environment);
  await setStageStatus(manager, stage.key, 'running', {
    attempt,
    environmentId,
    startedAt,
    ...unfinished,
  });
}

export async function recordResult(
  manager: EntityManager,
  key: string,
  result: StageResult,
  metrics?: Metrics,
  environment?: RunEnvironment,
): Promise<void> {
  if (metrics !== undefined) await recordMetrics(manager, key, metrics);
  const environmentId = environment && (await recordEnvironment(manager, environment));
  await setStageStatus(manager, key, 'done', {
    ...finishedColumns(result),
    ...(environmentId !== undefined && { environmentId }),
  });
}

/** The columns of a stage that has succeeded. */
export function finishedColumns({ ledger, outcome, startedAt, endedAt }: StageResult) {
  return {
    ledger,
    summary: { ...outcome.summary },
    imageCounts: Object.fromEntries(
      Object.entries(outcome.imageIds).map(([role, ids]) => [role, ids.length]),
    ),
    failure: null,
    startedAt,
    endedAt,
  };
}

export async function recordMetrics(
  manager: EntityManager,
  stageKey: string,
  metrics: Metrics,
): Promise<void> {
  await manager.upsert(MetricsEntity, { stageKey, ...metrics.stats, metrics: metrics as object }, [
    'stageKey',
  ]);
}

/** A stage that was stopped from outside has not failed: it is planned again, with its log. */
export function recordFailure(manager: EntityManager, key: string, failure: StageFailure): Promise<void> {
  const { kind, code, message, hint, logFile, startedAt, endedAt } = failure;
  return setStageStatus(manager, key, kind === 'cancelled' ? 'planned' : 'failed', {
    failure: { kind, code, message, hint, logFile },
    startedAt,
    endedAt,
  });
}
