import type {
  PlanningService,
  PlanBenchmarkRequest,
  PlannedBenchmark,
} from '../../host/planning/planning.service';
import type { Logger } from '../../contract';
import { formatWarning } from '../../core/coco/warning-list';
import type { BenchmarkOptions } from './benchmark-command';
import type { Configuration } from './configuration';
import { executorGpus } from './machine-gpus';
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
  const { gpus, note } = await executorGpus(configuration);
  if (note !== undefined) logger.warn([note.message, note.hint].join(' '));
  const line = new StatusLine();
  try {
    const planned = await service.plan({
      file,
      only: options.only ?? [],
      seeds: options.seeds,
      workspace: configuration.workspace,
      backend: configuration.backend,
      gpus,
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

/** Logs warnings about the data, once per code and role. */
function warnOfData({ prepared }: PlannedBenchmark, logger: Logger): void {
  for (const [role, { warnings }] of Object.entries(prepared)) {
    for (const warning of warnings) logger.warn(`${role} data: ${formatWarning(warning)}`);
  }
}
