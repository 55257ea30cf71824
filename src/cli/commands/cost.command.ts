import { Command } from 'nest-commander';
import { resultFolders } from '../../results/bundle/imported-results';
import { RethinkError } from '../../contract';
import { mergeFactors } from '../../core/cost/factors';
import { targetMetrics } from '../../core/cost/metrics';
import { costPolicies } from '../../core/cost/lineage';
import {
  comparedAxes,
  type CostComparison,
  costComparison,
  type CostQuestion,
} from '../../leaderboard/model/cost-comparison';
import { buildLeaderboard, type LeaderboardModel } from '../../leaderboard/model/leaderboard';
import { pointReplicates } from '../../leaderboard/model/point-replicates';
import { TrialCurves } from '../../leaderboard/model/trial-curves';
import type { BenchmarkResults } from '../../results/database/records';
import { factorSources } from '../common/cost-factors';
import { formatCostComparison } from '../format/format-cost';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { flag, oneOf } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';

interface CostOptions extends CommonOptions {
  target?: string;
  metric?: CostQuestion['metric'];
  policy?: CostQuestion['policy'];
  compare?: CostQuestion['compare'];
}

@Command({ ...summaryOf('cost'), arguments: '<benchmark>' })
export class CostCommand extends RethinkCommand<CostOptions> {
  static override readonly flags = [
    flag('--target <AP>', 'target AP in (0, 1], to be reached for good: 0.3 is 30 %'),
    flag('--metric <name>', `${targetMetrics.join(', ')} (default: flops)`, oneOf(targetMetrics)),
    flag('--policy <name>', `${costPolicies.join(', ')} (default: full)`, oneOf(costPolicies)),
    flag('--compare <axis>', `${comparedAxes.join(', ')} (default: init)`, oneOf(comparedAxes)),
  ];
  protected override readonly examples = [
    'cost quickstart --target 0.3',
    'cost quickstart --target 0.3 --metric deviceSeconds --policy amortised --compare init --json',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: [string], options: CostOptions): Promise<void> {
    const question: CostQuestion = {
      target: parseTarget(options.target),
      metric: options.metric ?? 'flops',
      policy: options.policy ?? 'full',
      compare: options.compare ?? 'init',
    };
    const configuration = this.configuration;
    const { benchmarks } = await this.results.snapshot(name);
    const [benchmark] = benchmarks as [BenchmarkResults];
    const factors = mergeFactors(...factorSources(benchmark.resolved, configuration));
    const model = buildLeaderboard(benchmark, factors);
    const curves = new TrialCurves(
      benchmark,
      pointReplicates(resultFolders(configuration.workspace)),
      factors,
    );
    requireCurves(model, curves, question);
    const comparison = costComparison(model, question, curves);
    if (options.json === true) return printJson(forPrograms(model, question, comparison));
    print(formatCostComparison(model, question, comparison));
  }
}

function parseTarget(text: string | undefined): number {
  const target = Number(text);
  if (text !== undefined && target > 0 && target <= 1) return target;
  throw new RethinkError(
    'USAGE',
    text === undefined ? '--target is missing.' : `--target ${text} is not a valid AP.`,
    {
      location: { path: '--target' },
      hint:
        target > 1 && target <= 100
          ? `AP is in (0, 1]: ${text} % is ${target / 100}.`
          : 'Use a number in (0, 1], for example 0.3.',
    },
  );
}

function requireCurves(model: LeaderboardModel, curves: TrialCurves, { metric, policy }: CostQuestion): void {
  if (model.rows.some((row) => curves.curvesOf(row, metric, policy).length > 0)) return;
  const hasScoredCheckpoints = model.benchmark.trials.some(({ checkpoints }) => checkpoints !== undefined);
  const hasCurves = model.trials.some((trial) => curves.pointsOf(trial).length > 0);
  const file = model.benchmark.file;
  throw hasCurves
    ? new RethinkError('CURVES_METRIC', `No trial has a known cost in ${metric}.`, {
        hint: 'Choose another --metric.',
      })
    : hasScoredCheckpoints
      ? new RethinkError('CURVES_PENDING', 'No trial has finished with all checkpoints of its curve.', {
          hint: `Run it: npm run -s rethink -- run ${file}`,
        })
      : new RethinkError('CURVES_ABSENT', 'This benchmark was only evaluated at the end of training.', {
          hint: `Add "evaluation: { checkpoints: 5 }" to ${file} and run it again.`,
        });
}

function forPrograms(model: LeaderboardModel, question: CostQuestion, { rows, ratios }: CostComparison) {
  const curves = new TrialCurves(model.benchmark, undefined, model.factors);
  return {
    benchmark: model.benchmark.name,
    ...question,
    rows: rows.map(({ row, cost: { target: _, ...cost } }) => ({
      ...row.axes,
      ...cost,
      curves: curves.curvesOf(row, question.metric, question.policy),
    })),
    // Open ends of an interval are null.
    ratios: ratios.map(({ first, second, ratio: { target: _, ...ratio } }) => ({
      ...ratio,
      first: { ...first.axes, ...ratio.first },
      second: { ...second.axes, ...ratio.second },
    })),
  };
}
