import type { PlannedBenchmark } from './benchmark.service';

/** What the execution is told of a planned benchmark, whoever runs it. */
export function runSettings({ datasets, prepared, pluginEntries, engine }: PlannedBenchmark) {
  return {
    datasets,
    copies: Object.fromEntries(Object.entries(prepared).map(([role, { copies }]) => [role, copies])),
    hiddenTruth: prepared.unlabelled?.truth,
    pluginEntries,
    backend: engine.backend,
    engine: engine.version,
    threads: engine.threads,
  };
}
