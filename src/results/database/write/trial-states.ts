import { type EntityManager, In } from 'typeorm';
import { StageEntity, TrialEntity, TrialStageEntity } from '../entities';
import { trialState } from '../trial-status';
import { chunksOf } from './chunks';

/** Brings the status of all trials that use a stage up to date. */
export async function refreshTrialsOf(manager: EntityManager, stageKey: string): Promise<void> {
  const links = await manager.findBy(TrialStageEntity, { stageKey });
  await refreshTrials(
    manager,
    links.map((link) => link.trialId),
  );
}

/** Brings the status of trials up to date with that of their stages. */
export async function refreshTrials(manager: EntityManager, trialIds: readonly string[]): Promise<void> {
  for (const ids of chunksOf(trialIds)) {
    const trials = await manager.findBy(TrialEntity, { id: In(ids) });
    const links = await manager.find(TrialStageEntity, {
      where: { trialId: In(ids) },
      order: { position: 'ASC' },
    });
    const stages = await readStagesByKey(
      manager,
      links.map((link) => link.stageKey),
    );
    for (const trial of trials) {
      if (
        trial.status === 'skipped' ||
        (trial.status === 'stale' && trial.staleEvaluateKey === trial.evaluateKey)
      )
        continue;
      const lineage = links
        .filter((link) => link.trialId === trial.id)
        .map((link) => stages.get(link.stageKey)!);
      const next = trialState(lineage, undefined, trial.staleReason, trial.access);
      const fresh =
        next.status === 'done' || next.status === 'invalid'
          ? { staleEvaluateKey: null, staleDetectKey: null, staleReason: null }
          : {};
      if (next.status === trial.status && next.reason === trial.reason && next.logFile === trial.logFile)
        continue;
      await manager.update(TrialEntity, { id: trial.id }, { ...next, ...fresh });
    }
  }
}

/** Keys of the stages that score a trial's checkpoints. */
export function checkpointKeys({ checkpoints }: Pick<TrialEntity, 'checkpoints'>): string[] {
  return (checkpoints ?? []).flatMap(({ detectKey, evaluateKey }) => [detectKey, evaluateKey]);
}

export async function readStagesByKey(
  manager: EntityManager,
  keys: readonly string[],
): Promise<Map<string, StageEntity>> {
  const found = new Map<string, StageEntity>();
  for (const part of chunksOf([...new Set(keys)])) {
    for (const stage of await manager.findBy(StageEntity, { key: In(part) })) found.set(stage.key, stage);
  }
  return found;
}
