import type { PlannedBenchmark } from './planning.service';
import type { PlannedStage } from '../../core/plan/stage';

/** Settings of the execution that follow from a planned benchmark. */
export function runSettings({
  plan,
  datasets,
  prepared,
  pluginEntries,
  engine,
  gpus,
  replan,
}: PlannedBenchmark) {
  return {
    datasets,
    copies: Object.fromEntries(Object.entries(prepared).map(([role, { copies }]) => [role, copies])),
    hiddenTruth: prepared.unlabelled?.truth,
    pluginEntries,
    backend: engine.backend,
    engine: engine.version,
    threads: engine.threads,
    gpus,
    /** A custom stage is planned again where it runs, as part of one of its trials. */
    customOf: ({ key }: PlannedStage) =>
      replan(plan.trials.find(({ stageKeys }) => stageKeys.includes(key))!.id),
  };
}
