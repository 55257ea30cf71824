import type { PlannedStage, StageKind } from '../../core/plan/stage';
import type { StageJob, StageServices } from '../../core/plan/stage-job';
import type { StageOutcome } from '../../core/plan/outcome-schema';
import { runnerFile } from '../../core/plan/stage-kinds';

export type StageRunner = (job: StageJob, services: StageServices) => Promise<StageOutcome>;
export type StageRunners = Partial<Record<StageKind, StageRunner>>;

function load(path: string): Readonly<Record<string, unknown>> {
  return require(path) as Readonly<Record<string, unknown>>;
}

/**
 * The function that runs a stage.
 *
 * @param runnersModule absolute path of a module that exports runners by kind (tests)
 */
export function loadRunner(stage: PlannedStage, runnersModule?: string): StageRunner {
  if (runnersModule !== undefined) {
    const runner = (load(runnersModule)['runners'] as StageRunners | undefined)?.[stage.kind];
    if (runner !== undefined) return runner;
  }
  // Loaded when needed: evaluation must not wait for a tensor engine to load.
  const file = runnerFile(stage.kind);
  const runner = load(file)['run'];
  if (typeof runner !== 'function') throw new TypeError(`${file} exports no function "run"`);
  return runner as StageRunner;
}
