import { closeSync, openSync, statSync } from 'node:fs';
import { LazyModuleLoader } from '@nestjs/core';
import { Command } from 'nest-commander';
import { ExecutionModule } from '../../host/execution/execution.module';
import { PlanningModule } from '../../host/planning/planning.module';
import { PlanningService, type PlannedBenchmark } from '../../host/planning/planning.service';
import { hasImportedStage } from '../../results/bundle/imported-results';
import { RethinkError } from '../../contract';
import type { RunListener } from '../../core/plan/run-events';
import { ExecutionService } from '../../host/execution/execution.service';
import type { RunSummary } from '../../host/execution/run-plan';
import { checkForecast, readForecasts, recordForecast } from '../../host/forecast/compare';
import type { ResultsService } from '../../results/database/results.service';
import { flag, machineFlags } from '../common/options';
import { BenchmarkCommand, type BenchmarkOptions } from '../common/benchmark-command';
import type { Configuration } from '../common/configuration';
import { exitCodes } from '../terminal/exit-codes';
import { formatFailures, formatOutcome, skipReasons } from '../format/format-run';
import { formatForecastCheck } from '../format/format-forecast-check';
import { formatOverLimit } from '../format/format-forecast';
import { forecastOf } from '../common/forecast-plan';
import { Interruption } from '../common/interruption';
import {
  askAboutJobs,
  type InterruptionOptions,
  jobsLeft,
  refuseLiveJobs,
  runExecutor,
} from '../common/run-executor';
import { TerminalListener } from '../terminal/terminal.listener';
import { print, printJson, log } from '../terminal/output';
import { RUN_LISTENERS, RunListenersModule } from '../common/run-listeners.module';
import { requestedSlots } from '../common/machine-gpus';
import { planWithStatus } from '../common/plan-with-status';
import { SiteBuilder } from '../common/site-builder';
import { WorkspaceResults } from '../common/workspace-results';
import { trialTable } from '../format/trial-table';
import { runSettings } from '../../host/planning/run-settings';
import { summaryOf } from './summaries';

interface RunOptions extends BenchmarkOptions, InterruptionOptions {
  retryFailed?: boolean;
  report?: boolean;
  events?: string;
  verify?: boolean;
}

@Command({ ...summaryOf('run'), arguments: '<benchmark>' })
export class RunCommand extends BenchmarkCommand<RunOptions> {
  static override readonly imports = [PlanningModule, ExecutionModule];
  static override readonly flags = [
    flag('--executor <name>', 'where stages run: local (default), or slurm'),
    flag('--detach', 'on Ctrl-C, let the jobs of the cluster go on without asking'),
    flag('--cancel', 'on Ctrl-C, cancel the jobs of the cluster without asking'),
    flag('--no-retry-failed', 'skip stages that failed in an earlier run'),
    flag('--verify', 'verify the checksums of reused artifacts, not only their sizes'),
    flag('--events <file>', 'append each event of the run to a file, device or named pipe as a line of JSON'),
    flag('--report', 'build the leaderboard afterwards and print its path'),
    ...machineFlags,
    ...BenchmarkCommand.flags,
  ];
  protected override readonly examples = [
    'run benchmarks/quickstart.yaml --report',
    'run benchmarks/quickstart.yaml --only strategy=self-training,fraction=0.2 --seeds 3',
  ];

  constructor(
    private readonly planning: PlanningService,
    private readonly execution: ExecutionService,
    private readonly results: WorkspaceResults,
    private readonly site: SiteBuilder,
    private readonly loader: LazyModuleLoader,
  ) {
    super();
  }

  protected async execute([file]: [string], options: RunOptions): Promise<number> {
    if (options.events !== undefined) checkWritable(options.events);
    const configuration = this.configuration;
    await refuseLiveJobs(configuration);
    const planned = await planWithStatus(this.planning, file, options, configuration, this.logger, {
      describePlugins: true,
      meanwhile: () => void this.results.load(),
    });
    const { forecast, done } = forecastOf(configuration, planned, 'remaining');
    for (const note of formatOverLimit(forecast.stages)) this.logger.warn(note);
    const { workspace } = configuration;
    const { name } = planned.plan.benchmark;
    recordForecast(workspace, name, forecast, done);
    const service = await this.results.open();
    const summary = await this.runStages(planned, service, configuration, options);
    const [results] = await service.overview(name);
    const check = checkForecast(readForecasts(workspace, name), await service.ledgers(summary.finished));
    const chosen = new Set(planned.plan.trials.map((trial) => trial.id));
    const trials = results?.trials.filter((trial) => chosen.has(trial.id)) ?? [];
    let index: string | undefined;
    if (options.report === true && !summary.cancelled) {
      ({ index } = await this.site.build(await service.snapshot()));
    }
    await service.close();
    const { plan } = planned;
    const allSkipped = plan.trials.every(({ skipped }) => skipped !== undefined);
    if (options.json === true) {
      printJson({
        status: allSkipped ? 'skipped' : summary.status,
        wallSeconds: summary.wallSeconds,
        stages: {
          finished: summary.finished.length,
          reused: summary.reused.length,
          failed: summary.failed.length,
          blocked: summary.blocked.length,
        },
        skipped: skipReasons(plan),
        trials: trials.map(({ id, axes, status, reason, control, metrics }) => ({
          id,
          axes,
          status,
          reason,
          control,
          stats: metrics?.stats,
        })),
        forecast: check && { ...check, runWallSeconds: forecast.remaining.wallSeconds },
        report: index,
      });
    } else {
      print(`\n${trialTable(trials)}\n`);
      for (const line of formatFailures(summary)) log(line);
      if (check !== undefined) print(formatForecastCheck(check));
      const outcome = formatOutcome(summary, plan);
      // The path of the pages is the last line, unless nothing was trained.
      const last = index === undefined || allSkipped ? [index, outcome] : [outcome, index];
      for (const line of [...last, jobsLeft(workspace)]) if (line !== undefined) print(line);
    }
    return allSkipped ? exitCodes.failed : exitCodeFor(summary);
  }

  private async runStages(
    planned: PlannedBenchmark,
    service: ResultsService,
    configuration: Configuration,
    options: RunOptions,
  ): Promise<RunSummary> {
    const { workspace } = configuration;
    const module = await this.loader.load(() =>
      RunListenersModule.forRoot({ workspace, results: service, events: options.events }),
    );
    const interruption = new Interruption();
    const listeners = module.get<RunListener[]>(RUN_LISTENERS);
    const terminal = listeners.find((listener) => listener instanceof TerminalListener);
    const whenStopped = askAboutJobs(options, interruption, (line) => terminal?.log(line, 'important'));
    const settings = runSettings(planned);
    try {
      return await this.execution.run(planned.plan, {
        ...settings,
        workspace,
        imported: hasImportedStage(workspace),
        slots: requestedSlots(configuration, planned.gpus),
        retryFailed: options.retryFailed,
        verifyArtifacts: options.verify,
        executor: runExecutor(configuration, settings.engine, interruption, whenStopped),
        listeners,
        signal: interruption.stop,
        killSignal: interruption.kill,
        command: commandLine(),
        plugins: planned.plugins,
      });
    } finally {
      interruption.release();
    }
  }
}

/** Reports a mistyped path before anything runs. */
function checkWritable(file: string): void {
  try {
    // Opening a named pipe would wait for its reader.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== false) closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new RethinkError('USAGE', `Events cannot be written: ${(error as Error).message}.`, {
      location: { file },
    });
  }
}

/** The command line, quoted for a shell. */
function commandLine(): string {
  return `npm run -s rethink -- ${process.argv
    .slice(2)
    .map((part) => (/^[\w./=,:*?+-]+$/.test(part) ? part : `'${part}'`))
    .join(' ')}`;
}

function exitCodeFor(summary: RunSummary): number {
  switch (summary.status) {
    case 'done':
    case 'unchanged':
      return exitCodes.ok;
    case 'failed':
      return summary.stopped === undefined ? exitCodes.failed : exitCodes.environment;
    case 'cancelled':
      return exitCodes.interrupted;
  }
}
