import type { PlannedStage, StageKind } from '../benchmark/stage';
import type { StageJob, StageOutcome, StageServices } from './stage-services';

export type StageRunner = (job: StageJob, services: StageServices) => Promise<StageOutcome>;
export type StageRunners = Partial<Record<StageKind, StageRunner>>;

// Loaded by name and only when needed: evaluation must not wait for a tensor engine to load.
const modules: Readonly<Record<StageKind, readonly [path: string, name: string]>> = {
  train: ['../training/run-train', 'runTrain'],
  'pseudo-label': ['../training/run-pseudo-label', 'runPseudoLabel'],
  'pseudo-class': ['../training/run-pseudo-class', 'runPseudoClass'],
  probe: ['../training/run-probe', 'runProbe'],
  detect: ['../training/run-detect', 'runDetect'],
  checkpoint: ['../training/run-checkpoint', 'runCheckpoint'],
  evaluate: ['./run-evaluate', 'runEvaluate'],
  custom: ['./run-custom', 'runCustom'],
};

function load(path: string): Readonly<Record<string, unknown>> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- TypeScript is compiled by the require hook
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
  const [path, name] = modules[stage.kind];
  const runner = load(path)[name];
  if (typeof runner !== 'function') throw new TypeError(`${path} exports no function ${name}`);
  return runner as StageRunner;
}
