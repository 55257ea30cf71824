import { Command } from 'nest-commander';
import type { Plan } from '../../core/plan/plan';
import { PlanningModule } from '../../host/planning/planning.module';
import { PlanningService } from '../../host/planning/planning.service';
import { mergeFactors } from '../../core/cost/factors';
import { BenchmarkCommand, type BenchmarkOptions } from '../common/benchmark-command';
import { factorSources } from '../common/cost-factors';
import { forecastForPrograms, formatForecast } from '../format/format-forecast';
import { forecastOf } from '../common/forecast-plan';
import { print, printJson } from '../terminal/output';
import { machineFlags } from '../common/options';
import { planWithStatus } from '../common/plan-with-status';
import { table } from '../terminal/table';
import { formatControl } from '../format/trial-table';
import { summaryOf } from './summaries';
import { strategyName } from '../../core/plan/axes';

@Command({ ...summaryOf('plan'), arguments: '<benchmark>' })
export class PlanCommand extends BenchmarkCommand {
  static override readonly imports = [PlanningModule];
  static override readonly flags = [...machineFlags, ...BenchmarkCommand.flags];
  protected override readonly examples = [
    'plan benchmarks/quickstart.yaml',
    'plan benchmarks/quickstart.yaml --only strategy=self-training,fraction=0.2 --json',
  ];

  constructor(private readonly planning: PlanningService) {
    super();
  }

  protected async execute([file]: [string], options: BenchmarkOptions): Promise<void> {
    const configuration = this.configuration;
    const planned = await planWithStatus(this.planning, file, options, configuration, this.logger, {
      acceptDeclared: true,
    });
    const { plan, prepared } = planned;
    const prediction = forecastOf(configuration, planned);
    const factors = mergeFactors(...factorSources(plan.benchmark.resolved, configuration));
    if (options.json === true) {
      return printJson({ ...plan, forecast: forecastForPrograms(prediction, factors) });
    }
    print(`${plan.benchmark.title}\n`);
    print(
      table(
        ['DATA', 'IMAGES', 'CATEGORIES'],
        Object.entries(prepared).map(([role, data]) => [role, data.size, data.categories.length]),
      ),
    );
    print(`\n${trialTable(plan)}\n`);
    print(formatTotals(plan));
    print(`\n${formatForecast(prediction, factors, file)}`);
  }
}

function trialTable(plan: Plan): string {
  const users = countBy(plan.trials.flatMap((trial) => trial.stageKeys));
  return table(
    ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'SEED', 'STAGES', 'SHARED', ''],
    plan.trials.map(({ axes, stageKeys, skipped, control }) => [
      axes.init,
      axes.augmentation,
      strategyName(axes),
      axes.fraction,
      axes.seed,
      stageKeys.length,
      stageKeys.filter((key) => (users.get(key) ?? 0) > 1).length,
      [formatControl(control), skipped === undefined ? '' : `skipped: ${skipped.reason}`]
        .filter(Boolean)
        .join('; '),
    ]),
  );
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function formatTotals(plan: Plan): string {
  const uses = plan.trials.reduce((sum, { stageKeys, checkpoints = [] }) => {
    const scoring = checkpoints.flatMap(({ detectKey, evaluateKey }) => [detectKey, evaluateKey]);
    return sum + new Set([...stageKeys, ...scoring]).size;
  }, 0);
  const skipped = plan.trials.filter((trial) => trial.skipped !== undefined).length;
  const kinds = [...countBy(plan.stages.map((stage) => stage.kind))].map(
    ([kind, count]) => `${count} ${kind}`,
  );
  const controls = plan.trials.filter((trial) => trial.control !== undefined).length;
  return [
    `${plan.trials.length} trial${plan.trials.length === 1 ? '' : 's'}${skipped > 0 ? `, ${skipped} skipped` : ''}${controls > 0 ? `, ${controls} compute-matched controls` : ''}`,
    `${plan.stages.length} stages: ${kinds.join(', ')}; ${uses} without sharing`,
  ].join('\n');
}
