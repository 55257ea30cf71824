import { homedir } from 'node:os';
import { benchmarkSources } from '../../results/bundle/benchmark-files';
import { type ExportedBundle, exportBundle } from '../../results/bundle/export-bundle';
import { resultFolders } from '../../results/bundle/imported-results';
import type { BenchmarkResults } from '../../results/database/records';
import { packageFolder } from '../../core/files/package-folder';
import type { Configuration } from './configuration';

/** Results of a benchmark as a bundle, without paths of this machine. */
export function exportResults(
  results: BenchmarkResults,
  { workspace }: Configuration,
): Promise<ExportedBundle> {
  return exportBundle({
    results,
    artifactFolder: resultFolders(workspace),
    sources: benchmarkSources(results.file, results.resolved),
    // Of equal folders the last one wins.
    folders: {
      [homedir()]: '~',
      [process.cwd()]: '.',
      [packageFolder]: '<repository>',
      [workspace]: '<workspace>',
    },
  });
}
