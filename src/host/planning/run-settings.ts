import type { PlannedBenchmark } from './planning.service';
import type { PlannedStage } from '../../core/plan/stage';

/** What the execution is told of a planned benchmark, whoever runs it. */
export function runSettings({ plan, datasets, prepared, pluginEntries, engine, replan }: PlannedBenchmark) {
  return {
    datasets,
    copies: Object.fromEntries(Object.entries(prepared).map(([role, { copies }]) => [role, copies])),
    hiddenTruth: prepared.unlabelled?.truth,
    pluginEntries,
    backend: engine.backend,
    engine: engine.version,
    threads: engine.threads,
    /** A plugin's own stage is planned again by one of its trials, where it runs. */
    customOf: ({ key }: PlannedStage) =>
      replan(plan.trials.find(({ stageKeys }) => stageKeys.includes(key))!.id),
  };
}
