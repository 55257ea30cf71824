import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { artifactFileName } from '../../core/artifact/manifest';
import { digestOf } from '../../core/json/canonical-json';
import { benchmarkChain, readBenchmark } from '../../host/benchmark/read';
import { RethinkError } from '../../contract';

/**
 * A benchmark's file with those that it extends, by their base names; none where a file is gone or has changed since the
 * run, or where the names are not unique or not portable.
 *
 * @param resolved the benchmark as it was run
 */
export function benchmarkSources(
  file: string,
  resolved: unknown,
): { readonly name: string; readonly text: string }[] {
  try {
    const { benchmark } = readBenchmark(file);
    if (digestOf(settings(benchmark)) !== digestOf(settings(resolved))) return [];
    const sources = benchmarkChain(file).map((path) => ({
      name: basename(path),
      text: readFileSync(path, 'utf8'),
    }));
    const names = new Set(sources.map(({ name }) => name));
    const areUsable = names.size === sources.length && [...names].every(isFileName);
    return areUsable ? sources : [];
  } catch (error) {
    if (error instanceof RethinkError) return [];
    throw error;
  }
}

const isFileName = (name: string) => artifactFileName.safeParse(name).success;

/** The command line may select other seeds than the file. */
function settings(benchmark: unknown): unknown {
  const { axes, ...rest } = JSON.parse(JSON.stringify(benchmark)) as { axes?: Record<string, unknown> };
  return { ...rest, axes: { ...axes, seed: [] } };
}
