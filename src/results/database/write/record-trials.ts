import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type EntityManager, In } from 'typeorm';
import type { Plan, PlannedTrial } from '../../../core/plan/plan';
import { type StageEntity, TrialEntity, TrialStageEntity } from '../entities';
import { readLineages } from '../queries';
import { changedStages, outdatedBy } from '../staleness';
import { trialState } from '../trial-status';
import { chunksOf } from './chunks';
import type { StageNow } from './record-stages';
import { readStagesByKey } from './trial-states';

/** A trial's primary key: a digest, so that no two names can fall together. */
export function trialRowId(benchmark: string, name: string): string {
  return createHash('sha256').update(`${benchmark}\n${name}`).digest('hex');
}

/** @returns names of those trials whose data access has not been checked */
export async function recordTrials(
  manager: EntityManager,
  plan: Plan,
  stages: ReadonlyMap<string, StageNow>,
): Promise<Set<string>> {
  const benchmark = plan.benchmark.name;
  const earlier = new Map<string, TrialEntity>();
  for (const trial of await manager.findBy(TrialEntity, { benchmark })) earlier.set(trial.id, trial);
  const lineages = await readLineages(manager, benchmark);
  const unchecked = new Set<string>();
  for (const part of chunksOf(plan.trials)) {
    const ids = part.map((trial) => trialRowId(benchmark, trial.id));
    const changed = part.flatMap((trial, index) => {
      const before = earlier.get(ids[index]!);
      return before !== undefined && before.evaluateKey !== trial.evaluateKey
        ? (lineages.get(ids[index]!) ?? [])
        : [];
    });
    const old = await readStagesByKey(manager, changed);
    const rows = part.map((trial, index): TrialEntity => {
      const id = ids[index]!;
      const before = earlier.get(id);
      const oldStages = (lineages.get(id) ?? []).flatMap((key) => old.get(key) ?? []);
      const stale = staleColumns(before, oldStages, trial, stages);
      const lineage = trial.stageKeys.map((key) => stages.get(key)!);
      const access = before?.evaluateKey === trial.evaluateKey ? (before?.access ?? null) : null;
      if (access === null || access.verdict === 'unknown') unchecked.add(trial.id);
      return {
        id,
        benchmark,
        name: trial.id,
        ...trial.axes,
        ...trialState(lineage, trial.skipped, stale.staleReason, access),
        access,
        detectKey: trial.detectKey ?? null,
        evaluateKey: trial.evaluateKey ?? null,
        checkpoints: trial.checkpoints ?? null,
        control: trial.control ?? null,
        ...stale,
      };
    });
    const written = rows.filter((row) => !isDeepStrictEqual(row, { ...earlier.get(row.id) }));
    if (written.length > 0) await manager.upsert(TrialEntity, written, ['id']);
    const moved = part.flatMap((trial, index) => {
      const id = ids[index]!;
      return isDeepStrictEqual(lineages.get(id) ?? [], [...trial.stageKeys]) ? [] : [{ id, trial }];
    });
    if (moved.length === 0) continue;
    await manager.delete(TrialStageEntity, { trialId: In(moved.map(({ id }) => id)) });
    const links = moved.flatMap(({ id, trial }) =>
      trial.stageKeys.map((stageKey, position) => ({ trialId: id, stageKey, position })),
    );
    for (const some of chunksOf(links, 1000)) await manager.insert(TrialStageEntity, some);
  }
  return unchecked;
}

type StaleColumns = Pick<TrialEntity, 'staleEvaluateKey' | 'staleDetectKey' | 'staleReason'>;
const notStale: StaleColumns = { staleEvaluateKey: null, staleDetectKey: null, staleReason: null };

/** The earlier result of a trial that is planned by other stages now, and what has changed. */
function staleColumns(
  earlier: TrialEntity | undefined,
  oldStages: readonly StageEntity[],
  trial: PlannedTrial,
  stages: ReadonlyMap<string, StageNow>,
): StaleColumns {
  if (earlier === undefined || trial.skipped !== undefined) return notStale;
  if (trial.evaluateKey !== undefined && stages.get(trial.evaluateKey)?.status === 'done') return notStale;
  if (earlier.evaluateKey !== trial.evaluateKey && oldStages.at(-1)?.ledger) {
    return {
      staleEvaluateKey: earlier.evaluateKey,
      staleDetectKey: earlier.detectKey,
      staleReason: changedStages(
        oldStages,
        trial.stageKeys.map((key) => stages.get(key)!),
      ),
    };
  }
  if (earlier.staleEvaluateKey === trial.evaluateKey) return notStale;
  const { staleEvaluateKey, staleDetectKey, staleReason } = earlier;
  return { staleEvaluateKey, staleDetectKey, staleReason };
}

/** Cells that are not in this plan become stale where their inputs have changed; those without results are deleted. */
export async function markOutdated(manager: EntityManager, plan: Plan, before: unknown): Promise<void> {
  const benchmark = plan.benchmark.name;
  const planned = new Set(plan.trials.map((trial) => trialRowId(benchmark, trial.id)));
  const others = (await manager.findBy(TrialEntity, { benchmark })).filter((trial) => !planned.has(trial.id));
  if (others.length === 0) return;
  const lineages = await readLineages(manager, benchmark);
  const outdated = outdatedBy(plan, before);
  const stages = await readStagesByKey(
    manager,
    others.flatMap(({ id }) => lineages.get(id) ?? []),
  );
  for (const trial of others) {
    const own = (lineages.get(trial.id) ?? []).flatMap((key) => stages.get(key) ?? []);
    const reason = outdated(trial, own);
    if (reason === undefined) continue;
    if (trial.status === 'done' || trial.status === 'invalid' || trial.status === 'stale') {
      await manager.update(
        TrialEntity,
        { id: trial.id },
        {
          status: 'stale',
          code: 'STALE',
          reason,
          staleReason: reason,
          staleEvaluateKey: trial.staleEvaluateKey ?? trial.evaluateKey,
          staleDetectKey: trial.staleDetectKey ?? trial.detectKey,
        },
      );
    } else if (reason.startsWith('no longer')) {
      await manager.delete(TrialEntity, { id: trial.id });
    }
  }
}
