import type { BenchmarkService, PlannedBenchmark } from '../benchmark/benchmark.service';
import type { Logger } from '../contract';
import type { BenchmarkOptions } from './benchmark-options';
import type { Configuration } from './configuration';
import { pluginRoots } from './plugin-roots';
import { StatusLine } from './spinner';

/** Plans a benchmark while the person at the terminal sees what takes its time. */
export async function planWithStatus(
  service: BenchmarkService,
  file: string,
  options: BenchmarkOptions,
  configuration: Configuration,
  logger: Logger,
): Promise<PlannedBenchmark> {
  const line = new StatusLine();
  try {
    return await service.plan({
      file,
      only: options.only ?? [],
      seeds: options.seeds,
      workspace: configuration.workspace,
      backend: configuration.backend,
      pluginRoots: pluginRoots(configuration),
      logger,
      progress: (what, done, total) => line.update(`data   ${what}  ${done} / ${total}`),
    });
  } finally {
    line.end('');
  }
}
