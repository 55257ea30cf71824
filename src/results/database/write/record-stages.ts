import { type EntityManager, In } from 'typeorm';
import type { Plan } from '../../../core/plan/plan';
import type { PlannedStage } from '../../../core/plan/stage';
import type { StageResult } from '../../../core/plan/run-events';
import type { RunEnvironment } from '../../../core/plan/outcome-schema';
import type { Metrics } from '../../../evaluation';
import { StageEntity } from '../entities';
import { readStageStates, type StageState } from '../queries';
import { chunksOf } from './chunks';
import { finishedColumns, recordEnvironment, recordMetrics, unfinished } from './stage-events';

/** A stage that was found finished on disk without having been recorded. */
export interface RecoveredStage {
  readonly result: StageResult;
  readonly environment: RunEnvironment;
  readonly metrics?: Metrics;
}

/** Stages that are finished on disk but not recorded; each is read when its row is written. */
export interface RecoveredStages {
  readonly keys: ReadonlySet<string>;
  read(key: string): RecoveredStage;
}

/** The state of a stage, as its trials need it. */
export type StageNow = StageState & Pick<PlannedStage, 'key' | 'kind' | 'seed' | 'parameters'>;

/** Adds new stages; others keep their record, unless their artifact is gone. */
export async function recordStages(
  manager: EntityManager,
  plan: Plan,
  reused: ReadonlySet<string>,
  recovered: RecoveredStages,
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
    const isFound = recovered.keys.has(key);
    const isLost =
      !isFound && !reused.has(key) && (earlier?.status === 'done' || earlier?.status === 'blocked');
    const status = isFound ? 'done' : isLost ? 'planned' : (earlier?.status ?? 'planned');
    const failure = isFound ? null : (earlier?.failure ?? null);
    now.set(key, { key, kind, label, seed, parameters, status, failure });
    if (earlier === undefined) {
      fresh.push(stage);
    } else if (isFound) {
      const found = recovered.read(key);
      const environmentId = await recordEnvironment(manager, found.environment, environments);
      const columns = { ...describe(stage), ...finishedColumns(found.result), status, environmentId };
      await manager.update(StageEntity, { key }, columns);
      if (found.metrics !== undefined) await recordMetrics(manager, key, found.metrics);
    } else {
      // The key decides all but its label and the source of a checkpoint.
      if (earlier.label !== label || kind === 'checkpoint') {
        await manager.update(StageEntity, { key }, describe(stage));
      }
      if (isLost) lost.push(key);
    }
  }
  for (const part of chunksOf(fresh)) await insertStages(manager, part, recovered, environments);
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
  recovered: RecoveredStages,
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
      environmentId: null,
      ...unfinished,
    };
    if (!recovered.keys.has(stage.key)) {
      rows.push(planned);
      continue;
    }
    const found = recovered.read(stage.key);
    const environmentId = await recordEnvironment(manager, found.environment, environments);
    rows.push({ ...planned, ...finishedColumns(found.result), status: 'done', environmentId });
    if (found.metrics !== undefined) metrics.push([stage.key, found.metrics]);
  }
  await manager.insert(StageEntity, rows as object[]);
  for (const [key, record] of metrics) await recordMetrics(manager, key, record);
}
