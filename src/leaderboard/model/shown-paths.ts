import { type HiddenFolders, hideFolders } from '../../core/files/shown-paths';
import type { ResultsSnapshot } from '../../results/database/records';

/** The results with folders taken out of what the pages show of failures. */
export function withShownPaths(results: ResultsSnapshot, hidden: HiddenFolders): ResultsSnapshot {
  const shown = (text: string | undefined) => hideFolders(text, hidden);
  return {
    ...results,
    benchmarks: results.benchmarks.map((benchmark) => ({
      ...benchmark,
      trials: benchmark.trials.map((trial) => ({
        ...trial,
        reason: shown(trial.reason),
        logFile: shown(trial.logFile),
      })),
      plugins: benchmark.plugins.map((plugin) => ({
        ...plugin,
        reason: shown(plugin.reason),
        hint: shown(plugin.hint),
      })),
    })),
  };
}
