import { Command } from 'nest-commander';
import { RethinkError } from '../../contract';
import { mergeFactors } from '../../core/cost/factors';
import { costPolicies } from '../../core/cost/lineage';
import { targetMetrics } from '../../core/cost/metrics';
import {
  compareRecipes,
  type MeasuredRecipe,
  type RecipeComparison,
} from '../../leaderboard/model/recipe-comparison';
import type { CostQuestion } from '../../leaderboard/model/cost-comparison';
import { resultsOf } from '../common/benchmark-selection';
import { factorSources } from '../common/cost-factors';
import { flag, oneOf } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { WorkspaceResults } from '../common/workspace-results';
import { formatRecipes } from '../format/format-recipes';
import { print, printJson } from '../terminal/output';
import { summaryOf } from './summaries';

interface CrossingsOptions extends CommonOptions {
  metric?: CostQuestion['metric'];
  policy?: CostQuestion['policy'];
}

@Command({ ...summaryOf('crossings'), arguments: '[benchmark]' })
export class CrossingsCommand extends RethinkCommand<CrossingsOptions> {
  static override readonly flags = [
    flag('--metric <name>', `${targetMetrics.join(', ')} (default: flops)`, oneOf(targetMetrics)),
    flag('--policy <name>', `${costPolicies.join(', ')} (default: full)`, oneOf(costPolicies)),
  ];
  protected override readonly examples = [
    'crossings paper-core',
    'crossings paper-core --metric deviceSeconds --json',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: string[], options: CrossingsOptions): Promise<void> {
    const { metric = 'flops', policy = 'full' } = options;
    const benchmark = await resultsOf(name, this.results);
    const factors = mergeFactors(...factorSources(benchmark.resolved, this.configuration));
    const comparison = compareRecipes(benchmark, { metric, policy }, factors);
    if (comparison.recipes.length === 0) {
      throw new RethinkError(
        'CURVES_METRIC',
        `No trial of ${benchmark.name} has a score and a cost in ${metric}.`,
        {
          hint: 'Run the benchmark first, or choose another --metric.',
        },
      );
    }
    if (options.json === true) printJson(forPrograms(benchmark.name, comparison));
    else print(formatRecipes(benchmark.name, comparison, factors.currency));
  }
}

function forPrograms(benchmark: string, { metric, policy, recipes, pairs, best }: RecipeComparison) {
  const pointsOf = ({ curve, points }: MeasuredRecipe) =>
    points.map((point, p) => ({ ...point, cost: Math.exp(curve.logCostOf(p)), AP: curve.scores[p] }));
  return {
    benchmark,
    metric,
    policy,
    recipes: recipes.map((recipe) => ({
      ...recipe.axes,
      isOracle: recipe.isOracle,
      seedNoise: recipe.curve.seedNoise,
      points: pointsOf(recipe),
    })),
    pairs: pairs.map(
      ({ axis, first, second, comparison: { first: _, second: _other, ...comparison }, gains }) => ({
        axis,
        first: first.axes,
        second: second.axes,
        ...comparison,
        gains,
      }),
    ),
    best,
  };
}
