import { homedir } from 'node:os';
import { benchmarkSources } from '../bundle/benchmark-files';
import { type ExportedBundle, exportBundle } from '../bundle/export-bundle';
import { resultFolders } from '../bundle/kept-results';
import type { BenchmarkResults } from '../results/records';
import { type Configuration, packageFolder } from './configuration';

/** A benchmark's results as a bundle, without this machine's paths. */
export function exportResults(
  results: BenchmarkResults,
  { workspace }: Configuration,
): Promise<ExportedBundle> {
  return exportBundle({
    results,
    artifactFolder: resultFolders(workspace),
    sources: benchmarkSources(results.file, results.resolved),
    folders: [
      { path: workspace, name: '<workspace>' },
      { path: packageFolder, name: '<repository>' },
      { path: process.cwd(), name: '.' },
      { path: homedir(), name: '~' },
    ],
  });
}
