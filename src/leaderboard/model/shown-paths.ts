import type { ResultsSnapshot } from '../../results/database/records';

/** Folders of this machine → what stands for them on a page. */
export type HiddenFolders = Readonly<Record<string, string>>;

/** Takes a machine's folders out of a text: where somebody keeps files is no part of a result. */
export function withoutFolders(text: string, hidden: HiddenFolders): string {
  return Object.entries(hidden)
    .filter(([folder]) => folder.length > 1)
    .sort(([a], [b]) => b.length - a.length)
    .reduce((rest, [folder, shown]) => rest.replaceAll(folder, shown), text);
}

/** The results with folders taken out of what the pages show of failures. */
export function withShownPaths(results: ResultsSnapshot, hidden: HiddenFolders): ResultsSnapshot {
  const shown = (text: string | undefined) => (text === undefined ? text : withoutFolders(text, hidden));
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
