import { cellId, type TrialAxes } from '../../core/plan/axes';
import type { CostFactors } from '../../core/cost/cost';
import { type CostPolicy, lineageCosts } from '../../core/cost/lineage';
import type { CostMetric } from '../../core/cost/metrics';
import type { BenchmarkResults } from '../../results/database/records';
import { readResamples } from '../../statistics/bootstrap/stored-resamples';
import { type BestByBudget, bestByBudget } from '../../statistics/cost/best-by-budget';
import {
  compareCurves,
  type CurveComparison,
  type GainAtCost,
  gainsAtEqualCompute,
} from '../../statistics/cost/crossings';
import {
  type CostedRun,
  type Recipe,
  type RecipeCurve,
  recipeCurves,
} from '../../statistics/cost/recipe-curve';
import { axisNames, type PluginAxis } from './axis-names';
import { oracleOf } from './benchmark-replicates';

export interface Costing {
  readonly metric: CostMetric;
  readonly policy: CostPolicy;
}

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
  readonly axis: PluginAxis;
  readonly first: MeasuredRecipe;
  readonly second: MeasuredRecipe;
  readonly comparison: CurveComparison;
  /** For each point of `first`: its gain over `second` at the point's own cost; null where `second` was not measured. */
  readonly gains: readonly (GainAtCost | null)[];
}

export interface RecipeComparison extends Costing {
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
  costing: Costing,
  factors?: CostFactors,
): RecipeComparison {
  const recipes = measureRecipes(benchmark, costing, factors);
  const byId = new Map(recipes.map((recipe) => [recipe.curve.id, recipe]));
  const firstOf = new Map(
    (['strategy', 'init', 'augmentation'] as const).map((axis) => [
      axis,
      axisNames(benchmark.resolved, benchmark.trials, axis)[0],
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
  return { ...costing, recipes, pairs, best };
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
  { metric, policy }: Costing,
  factors?: CostFactors,
): MeasuredRecipe[] {
  const stages = benchmark.stages.map((stage) => ({ ...stage, parents: Object.values(stage.inputs) }));
  const planned = benchmark.trials.filter(({ stageKeys }) => stageKeys.length > 0);
  const costs = lineageCosts(stages, planned, factors);
  const isOracle = oracleOf(benchmark.stages);
  const drafts = new Map<string, Draft>();
  for (const trial of benchmark.trials) {
    const score = trial.status === 'done' ? trial.metrics?.stats.AP : undefined;
    const resamples = readResamples(trial.metrics?.resamples)?.scores('AP');
    const cost = costs.get(trial.id)?.[policy][metric];
    if (typeof score !== 'number' || resamples === undefined || !(typeof cost === 'number' && cost > 0))
      continue;
    const { length, seed, ...axes } = trial.axes;
    const id = recipeId(axes);
    const draft = drafts.get(id) ?? {
      axes,
      isOracle: isOracle(trial),
      points: new Map<number, CostedRun[]>(),
    };
    drafts.set(id, draft);
    draft.points.set(length, [...(draft.points.get(length) ?? []), { seed, score, resamples, cost }]);
  }
  const recipes = [...drafts].map(([id, { points }]): Recipe => ({
    id,
    points: [...points].map(([length, runs]) => ({ id: `${id},length=${length}`, runs })),
  }));
  return recipeCurves(recipes).map((curve): MeasuredRecipe => {
    const { axes, points, isOracle: oracle } = drafts.get(curve.id)!;
    const lengthOf = (point: string) => Number(point.slice(point.lastIndexOf('=') + 1));
    return {
      axes,
      curve,
      isOracle: oracle,
      points: curve.points.map((point) => {
        const length = lengthOf(point);
        return { length, seeds: points.get(length)!.length };
      }),
    };
  });
}

interface Draft {
  readonly axes: RecipeAxes;
  readonly isOracle: boolean;
  readonly points: Map<number, CostedRun[]>;
}
