import { existsSync } from 'node:fs';
import { isSelected, parseSelection, select } from '../../host/benchmark/selectors';
import { readBenchmark } from '../../host/benchmark/read';
import type { TrialAxes } from '../../core/plan/axes';
import type { BenchmarkResults } from '../../results/database/records';
import type { WorkspaceResults } from './workspace-results';

/**
 * Results of a benchmark by its name or its file; with a file, the current axes and claims of the file replace the
 * recorded ones. By default the newest benchmark.
 *
 * @throws RethinkError as `WorkspaceResults.snapshot` and `readBenchmark`
 */
export async function resultsOf(
  nameOrFile: string | undefined,
  workspace: WorkspaceResults,
): Promise<BenchmarkResults> {
  const isFile = nameOrFile !== undefined && (/\.ya?ml$/.test(nameOrFile) || existsSync(nameOrFile));
  const file = isFile ? readBenchmark(nameOrFile).benchmark : undefined;
  const { benchmarks } = await workspace.snapshot(file?.name ?? nameOrFile);
  const newest = benchmarks[0]!;
  return file === undefined ? newest : { ...newest, resolved: file };
}

/**
 * Predicate for the trials that `--only` selects.
 *
 * @throws RethinkError `SELECTOR_…`
 */
export function trialFilter(
  only: readonly string[] | undefined,
  { trials }: BenchmarkResults,
): (axes: TrialAxes) => boolean {
  const selection = parseSelection(only ?? []);
  select(
    trials.map(({ axes }) => axes),
    selection,
  );
  return (axes) => isSelected(axes, selection);
}
