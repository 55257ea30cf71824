import { type EntityManager, In } from 'typeorm';
import { BenchmarkEntity, RunEntity, StageEntity, TrialEntity, TrialStageEntity } from '../entities';
import { chunksOf } from './chunks';
import { checkpointKeys, refreshTrialsOf } from './trial-states';

export async function recordRunEnd(
  manager: EntityManager,
  runId: number,
  cancelled: boolean,
  endedAt: string,
): Promise<void> {
  const run = await manager.findOneByOrFail(RunEntity, { id: runId });
  await manager.update(RunEntity, { id: runId }, { endedAt, cancelled });
  await manager.update(BenchmarkEntity, { name: run.benchmark }, { updatedAt: endedAt });
  await resetInterrupted(manager, run.benchmark);
}

/** Stages still recorded as running when nothing runs were interrupted: they are planned again. */
export async function resetInterrupted(manager: EntityManager, benchmark: string): Promise<void> {
  // Hardly any: the stages in progress of a run.
  const interrupted = new Set(
    (await manager.findBy(StageEntity, { status: 'running' })).map(({ key }) => key),
  );
  if (interrupted.size === 0) return;
  const all = await manager.findBy(TrialEntity, { benchmark });
  const trials = all.filter(({ status }) => status === 'running');
  const keys = new Set(all.flatMap((trial) => checkpointKeys(trial)));
  for (const part of chunksOf(trials)) {
    const links = await manager.findBy(TrialStageEntity, { trialId: In(part.map((trial) => trial.id)) });
    for (const link of links) keys.add(link.stageKey);
  }
  for (const key of interrupted) {
    if (!keys.has(key)) continue;
    await manager.update(StageEntity, { key }, { status: 'planned' });
    await refreshTrialsOf(manager, key);
  }
}
