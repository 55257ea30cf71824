import { type Interval, intervalOf } from '../bootstrap/intervals';
import type { RecipeCurve } from './recipe-curve';

export interface RecipeAtBudget {
  readonly recipe: string;
  /** Mean AP over seeds at the budget or, where its curve ends before, at its end. */
  readonly AP: number;
  readonly interval: Interval;
  /** Probability that it is the best recipe within the budget. */
  readonly pBest: number;
}

export interface BestByBudget {
  readonly budget: number;
  /** Recipes whose cheapest point is within the budget, the best first. */
  readonly recipes: readonly RecipeAtBudget[];
}

/**
 * The best recipe within each budget, with the share of joint replicates in which it is the best. A recipe offers its
 * curve's AP at the budget; beyond the curve's end, its end: more was not measured, and need not be spent. Recipes that
 * consist of the same points count once; those that end with the same point share it.
 */
export function bestByBudget(curves: readonly RecipeCurve[], budgets: readonly number[]): BestByBudget[] {
  const distinct = [...new Map(curves.map((curve) => [curve.points.join('\n'), curve])).values()];
  return budgets.map((budget) => {
    const able = distinct.filter(({ range }) => range.low <= budget * (1 + 1e-9));
    const offers = able.map((curve) => curve.samplesAt(Math.log(Math.min(budget, curve.range.high))));
    const wins = winsOf(offers);
    const recipes = able.map((curve, r): RecipeAtBudget => {
      const [AP] = offers[r]!;
      const replicates = offers[r]!.subarray(1);
      const interval = intervalOf(AP!, replicates);
      return { recipe: curve.id, AP: AP!, interval, pBest: wins[r]! / curve.count };
    });
    return { budget, recipes: recipes.sort((a, b) => b.AP - a.AP || b.pBest - a.pBest) };
  });
}

/** In how many replicates each offer is the best; equal ones share. */
function winsOf(offers: readonly Float64Array[]): number[] {
  const wins = offers.map(() => 0);
  for (let sample = 1; sample < (offers[0]?.length ?? 0); sample++) {
    const top = Math.max(...offers.map((offer) => offer[sample]!));
    const best = offers.flatMap((offer, r) => (offer[sample] === top ? [r] : []));
    for (const r of best) wins[r]! += 1 / best.length;
  }
  return wins;
}
