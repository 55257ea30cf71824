import { Command } from 'nest-commander';
import type { Plan } from '../../benchmark/plan';
import { BenchmarkService } from '../../benchmark/benchmark.service';
import type { PlannedStage } from '../../benchmark/stage';
import { BenchmarkCommand, type BenchmarkOptions } from '../benchmark-options';
import { print, printJson } from '../output';
import { planWithStatus } from '../planning';
import { table } from '../table';

@Command({
  name: 'plan',
  arguments: '<benchmark>',
  description: 'show the trials and stages of a benchmark; nothing is trained',
})
export class PlanCommand extends BenchmarkCommand {
  protected override readonly examples = [
    'plan benchmarks/quickstart.yaml',
    'plan benchmarks/quickstart.yaml --only strategy=self-training,fraction=0.2 --json',
  ];

  constructor(private readonly benchmarks: BenchmarkService) {
    super();
  }

  protected async execute(inputs: string[], options: BenchmarkOptions): Promise<void> {
    this.checkSeeds(options.seeds);
    const configuration = this.configuration({ backend: options.backend });
    const { plan, prepared } = await planWithStatus(
      this.benchmarks,
      this.benchmarkFile(inputs),
      options,
      configuration,
      this.logger,
    );
    if (options.json === true) return printJson(plan);
    print(`${plan.benchmark.title}\n`);
    print(
      table(
        ['DATA', 'IMAGES', 'CATEGORIES'],
        Object.entries(prepared).map(([role, data]) => [role, data.size, data.categories.length]),
      ),
    );
    print(`\n${trialTable(plan)}\n`);
    print(summary(plan));
  }
}

function trialTable(plan: Plan): string {
  const users = countBy(plan.trials.flatMap((trial) => trial.stageKeys));
  return table(
    ['INIT', 'AUGMENTATION', 'STRATEGY', 'FRACTION', 'SEED', 'STAGES', 'SHARED', ''],
    plan.trials.map(({ axes, stageKeys, skipped }) => [
      axes.init,
      axes.augmentation,
      axes.strategy,
      axes.fraction,
      axes.seed,
      stageKeys.length,
      stageKeys.filter((key) => (users.get(key) ?? 0) > 1).length,
      skipped === undefined ? '' : `skipped: ${skipped.reason}`,
    ]),
  );
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Pictures that go through a training stage, counted each time. */
function trainingImages(stage: PlannedStage): number {
  if (stage.kind !== 'train') return 0;
  const { schedule, data } = stage.parameters;
  return schedule.steps * schedule.batch * data.reduce((sum, { share }) => sum + share, 0);
}

function summary(plan: Plan): string {
  const uses = plan.trials.reduce((sum, trial) => sum + trial.stageKeys.length, 0);
  const skipped = plan.trials.filter((trial) => trial.skipped !== undefined).length;
  const kinds = [...countBy(plan.stages.map((stage) => stage.kind))].map(
    ([kind, count]) => `${count} ${kind}`,
  );
  const images = plan.stages.reduce((sum, stage) => sum + trainingImages(stage), 0);
  return [
    `${plan.trials.length} trial${plan.trials.length === 1 ? '' : 's'}${skipped > 0 ? `, ${skipped} of them skipped` : ''}`,
    `${plan.stages.length} stages: ${kinds.join(', ')}; without sharing it would be ${uses}`,
    `${images.toLocaleString('en')} pictures to train on`,
  ].join('\n');
}
