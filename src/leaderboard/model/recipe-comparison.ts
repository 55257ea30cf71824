import { group } from 'd3-array';
import { cellId, type TrialAxes } from '../../core/plan/axes';
import type { CostFactors } from '../../core/cost/cost';
import { lineageCosts } from '../../core/cost/lineage';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';
import { type BestByBudget, bestByBudget } from '../../statistics/cost/best-by-budget';
import {
  compareCurves,
  type CurveComparison,
  type GainAtCost,
  gainsAtEqualCompute,
} from '../../statistics/cost/crossings';
import { type CostedRun, type RecipeCurve, recipeCurves } from '../../statistics/cost/recipe-curve';
import { namesOnAxis } from './axis-names';
import { oracleOf, scoredTrials } from './benchmark-replicates';
import { type CostQuestion } from './cost-comparison';
import { type PluginKind } from '../../contract';

type Costs = Pick<CostQuestion, 'metric' | 'policy'>;

/** A trial without length and seed. */
export type RecipeAxes = Omit<TrialAxes, 'length' | 'seed'>;

export interface MeasuredRecipe {
  readonly axes: RecipeAxes;
  readonly curve: RecipeCurve;
  /** [P] Length of each point, and its number of seeds. */
  readonly points: readonly { readonly length: number; readonly seeds: number }[];
  /** Trained on hidden labels: an upper bound. */
  readonly isOracle: boolean;
}

/** Two recipes that differ on one axis alone. */
export interface RecipePair {
  readonly axis: PluginKind;
  readonly first: MeasuredRecipe;
  readonly second: MeasuredRecipe;
  readonly comparison: CurveComparison;
  /** For each point of `first`: its gain over `second` at the point's own cost; null where `second` was not measured. */
  readonly gains: readonly (GainAtCost | null)[];
}

export interface RecipeComparison extends Costs {
  readonly recipes: readonly MeasuredRecipe[];
  readonly pairs: readonly RecipePair[];
  /** By labelled fraction, of the recipes that anybody can follow. */
  readonly best: readonly { readonly fraction: number; readonly budgets: readonly BestByBudget[] }[];
}

const recipeId = (axes: RecipeAxes) => cellId({ ...axes, length: 1 });
const BUDGETS = 12;

/**
 * AP of every recipe against its cost, and every recipe against the first value of each of its axes in the benchmark file.
 * Only trials that are done count; a point has the seeds that are. Pure.
 */
export function compareRecipes(
  benchmark: BenchmarkResults,
  costs: Costs,
  factors?: CostFactors,
): RecipeComparison {
  const recipes = measureRecipes(benchmark, costs, factors);
  const byId = new Map(recipes.map((recipe) => [recipe.curve.id, recipe]));
  const firstOf = new Map(
    (['strategy', 'init', 'augmentation'] as const).map((axis) => [
      axis,
      namesOnAxis(benchmark.resolved, benchmark.trials, axis)[0],
    ]),
  );
  const pairs = [...firstOf].flatMap(([axis, reference]) =>
    recipes.flatMap((first): RecipePair[] => {
      const second = byId.get(recipeId({ ...first.axes, [axis]: reference }));
      if (second === undefined || second === first) return [];
      return [
        {
          axis,
          first,
          second,
          comparison: compareCurves(first.curve, second.curve),
          gains: gainsAtEqualCompute(first.curve, second.curve),
        },
      ];
    }),
  );
  const fractions = [...new Set(recipes.map(({ axes }) => axes.fraction))].sort((a, b) => a - b);
  const best = fractions.map((fraction) => {
    const curves = recipes.flatMap(({ axes, curve, isOracle }) =>
      axes.fraction === fraction && !isOracle ? [curve] : [],
    );
    return { fraction, budgets: bestByBudget(curves, budgetsOf(curves)) };
  });
  return { ...costs, recipes, pairs, best };
}

/** Evenly spaced by factors from the cheapest point to the dearest. */
function budgetsOf(curves: readonly RecipeCurve[]): number[] {
  const low = Math.min(...curves.map(({ range }) => range.low));
  const high = Math.max(...curves.map(({ range }) => range.high));
  if (!(high > low)) return curves.length === 0 ? [] : [high];
  return Array.from({ length: BUDGETS }, (_, i) => low * (high / low) ** (i / (BUDGETS - 1)));
}

function measureRecipes(
  benchmark: BenchmarkResults,
  { metric, policy }: Costs,
  factors?: CostFactors,
): MeasuredRecipe[] {
  const stages = benchmark.stages.map((stage) => ({ ...stage, parents: Object.values(stage.inputs) }));
  const planned = benchmark.trials.filter(({ stageKeys }) => stageKeys.length > 0);
  const costs = lineageCosts(stages, planned, factors);
  const isOracle = oracleOf(benchmark.stages);
  const costOf = ({ id }: TrialRecord) => costs.get(id)?.[policy][metric] ?? 0;
  const scored = scoredTrials(benchmark.trials).scored.filter(({ trial }) => costOf(trial) > 0);
  const recipes = [...group(scored, ({ trial }) => recipeId(trial.axes))].map(([id, own]) => ({
    id,
    trial: own[0]!.trial,
    points: [...group(own, ({ trial }) => trial.axes.length)].map(([length, same]) => ({
      id: `${id},length=${length}`,
      length,
      runs: same.map(({ trial, score, resamples }): CostedRun => ({
        seed: trial.axes.seed,
        score,
        resamples: resamples.scores('AP'),
        cost: costOf(trial),
      })),
    })),
  }));
  return recipeCurves(recipes).map((curve, index): MeasuredRecipe => {
    const { trial, points } = recipes[index]!;
    const { length: _, seed: _seed, ...axes } = trial.axes;
    return {
      axes,
      curve,
      isOracle: isOracle(trial),
      points: curve.points.map((point) => {
        const { length, runs } = points.find(({ id }) => id === point)!;
        return { length, seeds: runs.length };
      }),
    };
  });
}
