import { type EntityManager } from 'typeorm';
import type { Plan } from '../../../core/plan/plan';
import { type DataAccess } from '../data-access';
import { TrialEntity } from '../entities';
import { trialRowId } from './record-trials';
import { refreshTrials } from './trial-states';

/** Records which images trials saw, and whether they are therefore valid. */
export async function recordAccess(
  manager: EntityManager,
  plan: Plan,
  checked: ReadonlyMap<string, DataAccess>,
): Promise<void> {
  const ids: string[] = [];
  for (const [trial, access] of checked) {
    const id = trialRowId(plan.benchmark.name, trial);
    ids.push(id);
    await manager.update(TrialEntity, { id }, { access });
  }
  await refreshTrials(manager, ids);
}
