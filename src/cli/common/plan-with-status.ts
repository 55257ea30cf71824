import type {
  PlanningService,
  PlanBenchmarkRequest,
  PlannedBenchmark,
} from '../../host/planning/planning.service';
import type { Logger } from '../../contract';
import type { BenchmarkOptions } from './benchmark-command';
import type { Configuration } from './configuration';
import { pluginRoots } from './plugin-roots';
import { StatusLine } from '../terminal/spinner';

/** Plans a benchmark and shows the progress. */
export async function planWithStatus(
  service: PlanningService,
  file: string,
  options: BenchmarkOptions,
  configuration: Configuration,
  logger: Logger,
  more: Pick<PlanBenchmarkRequest, 'acceptDeclared' | 'describePlugins' | 'meanwhile'> = {},
): Promise<PlannedBenchmark> {
  const line = new StatusLine();
  try {
    const planned = await service.plan({
      file,
      only: options.only ?? [],
      seeds: options.seeds,
      workspace: configuration.workspace,
      backend: configuration.backend,
      pluginRoots: pluginRoots(configuration),
      logger,
      ...more,
      progress: (what, done, total) => line.update(`data   ${what}  ${done} / ${total}`),
    });
    warnOfData(planned, logger);
    return planned;
  } finally {
    line.end('');
  }
}

/** Logs warnings about the data, once per kind and role. */
function warnOfData({ prepared }: PlannedBenchmark, logger: Logger): void {
  for (const [role, { warnings }] of Object.entries(prepared)) {
    const byCode = new Map<string, { message: string; count: number }>();
    for (const { code, message } of warnings) {
      const seen = byCode.get(code);
      byCode.set(code, { message: seen?.message ?? message, count: (seen?.count ?? 0) + 1 });
    }
    for (const [code, { message, count }] of byCode) {
      logger.warn(`${role} data: ${message}${count > 1 ? ` (and ${count - 1} more)` : ''} [${code}]`);
    }
  }
}
