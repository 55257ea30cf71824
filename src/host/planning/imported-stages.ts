import type { PlannedStage } from '../../core/plan/stage';

/**
 * Stages that need not run because their results were imported and nothing that is still to run needs what they would
 * leave: of a trial that was taken over whole, all; of a teacher whose student is still to be trained, none.
 *
 * @param stages parents before children
 * @param present stages whose artifacts are there
 * @param isKept whether an imported result of a stage is there: its scores or figures, never weights
 */
export function importedStages(
  stages: readonly Pick<PlannedStage, 'key' | 'inputs'>[],
  present: ReadonlySet<string>,
  isKept: (key: string) => boolean,
): Set<string> {
  const asked = new Set<string>();
  const kept = new Set<string>();
  for (const { key, inputs } of stages.toReversed()) {
    if (present.has(key)) continue;
    if (!asked.has(key) && isKept(key)) kept.add(key);
    else for (const parent of Object.values(inputs)) asked.add(parent);
  }
  return kept;
}
