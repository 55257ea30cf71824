import { Command } from 'nest-commander';
import { PlanningModule } from '../../host/planning/planning.module';
import { PlanningService, type PlannedBenchmark } from '../../host/planning/planning.service';
import { RethinkError } from '../../contract';
import { type MachineCalibration, calibrationFile, readCalibration } from '../../host/forecast/calibration';
import { calibrate } from '../../host/forecast/calibrate';
import { formatFlops } from '../../core/text/units';
import { flag, integer, machineFlags } from '../common/options';
import { BenchmarkCommand, type BenchmarkOptions } from '../common/benchmark-command';
import type { Configuration } from '../common/configuration';
import { machineOf, planContext } from '../common/forecast-plan';
import { Interruption } from '../common/interruption';
import { print, printJson } from '../terminal/output';
import { planWithStatus } from '../common/plan-with-status';
import { StatusLine } from '../terminal/spinner';
import { table } from '../terminal/table';
import { summaryOf } from './summaries';

interface CalibrateOptions extends BenchmarkOptions {
  budget?: number;
  force?: boolean;
}

const DEFAULT_BUDGET_SECONDS = 90;

@Command({ ...summaryOf('calibrate'), arguments: '<benchmark>' })
export class CalibrateCommand extends BenchmarkCommand<CalibrateOptions> {
  static override readonly imports = [PlanningModule];
  static override readonly flags = [
    flag('--budget <seconds>', `time limit (default: ${DEFAULT_BUDGET_SECONDS})`, integer(1)),
    flag('--force', 'remeasure even if already calibrated'),
    ...machineFlags,
    ...BenchmarkCommand.flags,
  ];
  protected override readonly examples = [
    'calibrate benchmarks/quickstart.yaml',
    'calibrate benchmarks/quickstart.yaml --force --budget 180',
  ];

  constructor(private readonly planning: PlanningService) {
    super();
  }

  protected async execute([file]: [string], options: CalibrateOptions): Promise<void> {
    const { budget = DEFAULT_BUDGET_SECONDS } = options;
    if (!(budget >= 5 && budget <= 86_400)) {
      throw new RethinkError('USAGE', '--budget must be between 5 and 86400 seconds.');
    }
    // It measures this machine.
    const configuration = { ...this.configuration, executor: 'local' as const };
    const planned = await planWithStatus(this.planning, file, options, configuration, this.logger);
    const result = await measure(planned, configuration, budget, options.force);
    const { calibration, measured, missed, failed } = result;
    for (const { label, message } of failed) this.logger.warn(`cannot time ${label}: ${message}`);
    if (options.json === true) return printJson({ ...calibration, measured, missed, failed });
    print(calibrationTable(calibration));
    print(
      `\n${measured === 0 ? 'already calibrated (--force remeasures)' : `${measured} measured`}${missed > 0 ? `; ${missed} not measured within ${budget} s and forecast from the rates of the others` : ''}`,
    );
    print(calibrationFile(configuration.workspace));
  }
}

async function measure(
  planned: PlannedBenchmark,
  configuration: Configuration,
  budgetSeconds: number,
  force = false,
) {
  const machine = machineOf(configuration, planned);
  const before = force ? undefined : readCalibration(configuration.workspace, machine);
  const line = new StatusLine();
  const interruption = new Interruption();
  try {
    return await calibrate(planned, {
      workspace: configuration.workspace,
      machine,
      before,
      context: planContext(planned),
      budgetSeconds,
      signal: interruption.stop,
      progress: (done, total) => line.update(`calibrate  ${done} / ${total} short stages`),
    });
  } finally {
    line.end('');
    interruption.release();
  }
}

function calibrationTable(calibration: MachineCalibration | undefined): string {
  return table(
    ['WORKLOAD', 'FLOP/UNIT', 'DEVICE MS', 'TOTAL MS', 'START-UP S', 'FLOP/S', ''],
    (calibration?.workloads ?? []).map((row) => [
      `${row.kind} ${row.key.slice(0, 8)}`,
      formatFlops(row.flopsPerUnit),
      (1000 * row.deviceSecondsPerUnit).toFixed(1),
      (1000 * row.secondsPerUnit).toFixed(1),
      row.overheadSeconds.toFixed(1),
      row.deviceSecondsPerUnit > 0 ? `${formatFlops(row.flopsPerUnit / row.deviceSecondsPerUnit)}/s` : '–',
      row.scaled ?? '',
    ]),
  );
}
