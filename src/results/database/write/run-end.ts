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
  await settleRunning(manager, run.benchmark);
}

/** What still counts as running when nothing runs was cut off: it is planned again. */
export async function settleRunning(manager: EntityManager, benchmark: string): Promise<void> {
  // Hardly any: the stages that a run had under way.
  const cutOff = new Set((await manager.findBy(StageEntity, { status: 'running' })).map(({ key }) => key));
  if (cutOff.size === 0) return;
  const all = await manager.findBy(TrialEntity, { benchmark });
  const trials = all.filter(({ status }) => status === 'running');
  const keys = new Set(all.flatMap((trial) => checkpointKeys(trial)));
  for (const part of chunksOf(trials)) {
    const links = await manager.findBy(TrialStageEntity, { trialId: In(part.map((trial) => trial.id)) });
    for (const link of links) keys.add(link.stageKey);
  }
  for (const key of cutOff) {
    if (!keys.has(key)) continue;
    await manager.update(StageEntity, { key }, { status: 'planned' });
    await refreshTrialsOf(manager, key);
  }
}
