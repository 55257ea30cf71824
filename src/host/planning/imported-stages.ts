import type { PlannedStage } from '../../core/plan/stage';

/**
 * Stages that need not run because their results were imported and no stage that is still to run needs their artifacts:
 * of a completely imported trial all stages; not a teacher whose student is still to be trained.
 *
 * @param stages parents before children
 * @param present stages whose artifacts exist
 * @param isImported whether a stage has an imported result: scores or figures, never weights
 */
export function importedStages(
  stages: readonly Pick<PlannedStage, 'key' | 'inputs'>[],
  present: ReadonlySet<string>,
  isImported: (key: string) => boolean,
): Set<string> {
  const required = new Set<string>();
  const imported = new Set<string>();
  for (const { key, inputs } of stages.toReversed()) {
    if (present.has(key)) continue;
    if (!required.has(key) && isImported(key)) imported.add(key);
    else for (const parent of Object.values(inputs)) required.add(parent);
  }
  return imported;
}
