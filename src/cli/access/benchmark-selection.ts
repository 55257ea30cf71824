import { existsSync } from 'node:fs';
import { RethinkError } from '../../contract';
import { isSelected, parseSelection, select } from '../../host/benchmark/selectors';
import { readBenchmark } from '../../host/benchmark/read';
import type { TrialAxes } from '../../core/plan/plan';
import type { BenchmarkResults } from '../../results/database/records';
import type { Configuration } from './configuration';
import { readExistingResults, type ResultsAccess } from './results-access';

/**
 * Results of a benchmark that is named, or whose file is: then with the file's axes and claims as they stand now. The
 * newest one where nothing is said.
 *
 * @throws RethinkError as `readExistingResults` and `readBenchmark`
 */
export async function resultsOf(
  nameOrFile: string | undefined,
  access: ResultsAccess,
  configuration: Configuration,
): Promise<BenchmarkResults> {
  const isFile = nameOrFile !== undefined && (/\.ya?ml$/.test(nameOrFile) || existsSync(nameOrFile));
  const file = isFile ? readBenchmark(nameOrFile).benchmark : undefined;
  const { benchmarks } = await readExistingResults(access, configuration, file?.name ?? nameOrFile);
  const newest = benchmarks[0];
  if (newest === undefined) {
    throw new RethinkError('WORKSPACE_EMPTY', 'this workspace has no results yet', {
      location: { file: configuration.workspace },
      hint: 'npm run -s rethink -- run benchmarks/quickstart.yaml',
    });
  }
  return file === undefined ? newest : { ...newest, resolved: file };
}

/**
 * Which trials `--only` leaves.
 *
 * @throws RethinkError `SELECTOR_…`
 */
export function keeping(
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
