import { type HiddenFolders, hideFolders } from '../../core/files/shown-paths';
import type { ResultsSnapshot } from '../../results/database/records';

/** The results with folders taken out of what the pages show of failures. */
export function withShownPaths(results: ResultsSnapshot, hidden: HiddenFolders): ResultsSnapshot {
  return {
    ...results,
    benchmarks: results.benchmarks.map((benchmark) => ({
      ...benchmark,
      trials: benchmark.trials.map((trial) => ({
        ...trial,
        ...hideFolders({ reason: trial.reason, logFile: trial.logFile }, hidden),
      })),
      plugins: benchmark.plugins.map((plugin) => ({
        ...plugin,
        ...hideFolders({ reason: plugin.reason, hint: plugin.hint }, hidden),
      })),
    })),
  };
}
