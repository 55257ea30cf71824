import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { digestOf } from '../../core/json/canonical-json';
import { benchmarkChain, readBenchmark } from '../../host/benchmark/read';
import { RethinkError } from '../../contract';

/**
 * A benchmark's file with those that it extends, under their bare names, where they still say what was run; nothing where
 * the file is gone or has changed since.
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
    // Files of one name from several folders can't stand side by side.
    return new Set(sources.map(({ name }) => name)).size < sources.length ? [] : sources;
  } catch (error) {
    if (error instanceof RethinkError) return [];
    throw error;
  }
}

/** The command line may ask for other seeds than the file. */
function settings(benchmark: unknown): unknown {
  const { axes, ...rest } = JSON.parse(JSON.stringify(benchmark)) as { axes?: Record<string, unknown> };
  return { ...rest, axes: { ...axes, seed: [] } };
}
