import { formatAmount } from '../../core/cost/metrics';
import { formatLength } from '../../core/plan/axes';
import { formatShare, noValue } from '../../core/text/units';
import type { MeasuredRecipe, RecipeComparison, RecipePair } from '../../leaderboard/model/recipe-comparison';
import { table } from '../terminal/table';
import { formatApInterval, signedPercent } from './format-intervals';
import { percent } from './trial-table';

/** Curves, crossings and the best recipe by budget, as text. */
export function formatRecipes(name: string, comparison: RecipeComparison, currency: string): string {
  const { metric, policy, pairs, best, recipes } = comparison;
  const amount = (value: number) => formatAmount(metric, value, currency);
  const nameOf = new Map(
    recipes.map(({ curve, axes: { init, augmentation, strategy } }) => [
      curve.id,
      [init, augmentation, strategy].join(' · '),
    ]),
  );
  return [
    `${name}: AP against ${metric} (${policy} cost), mean over seeds, 95 % intervals`,
    '',
    ...pairs.flatMap((pair) => [...formatPair(pair, amount), '']),
    ...(pairs.length === 0 ? ['No two recipes differ on one axis alone.', ''] : []),
    ...(recipes.every(({ points }) => points.length === 1)
      ? [
          'Every recipe has one length. Curves require several, for example "length: [1, 3, 9]" below "axes".',
          '',
        ]
      : []),
    ...best.flatMap(({ fraction, budgets }) => [
      `Best recipe by budget, ${formatShare(fraction)} of the labels (P: probability of being the best)`,
      table(
        ['BUDGET', 'RECIPE', 'AP', '95 %', 'P', 'NEXT', 'P'],
        budgets.map(({ budget, recipes: [first, second] }) => [
          amount(budget),
          first === undefined ? noValue : nameOf.get(first.recipe)!,
          percent(first?.AP),
          first === undefined ? '' : formatApInterval(first.interval),
          first === undefined ? '' : first.pBest.toFixed(2),
          second === undefined ? '' : nameOf.get(second.recipe)!,
          second === undefined ? '' : second.pBest.toFixed(2),
        ]),
      ),
      '',
    ]),
    'Between two lengths, AP is linear in the logarithm of cost; nothing is extrapolated. Bands hold at all costs together.',
  ].join('\n');
}

function formatPair(pair: RecipePair, amount: (value: number) => string): string[] {
  const { axis, first, second, gains, comparison } = pair;
  const { [axis]: own, ...rest } = first.axes;
  const where = Object.entries(rest)
    .map(([name, value]) => (name === 'fraction' ? formatShare(Number(value)) : value))
    .join(' · ');
  const heading = `${own} against ${second.axes[axis]} (${where})${first.isOracle ? ', not attainable' : ''}: ${formatRelation(pair, amount)}`;
  if (comparison.range === null) return [heading];
  return [
    heading,
    table(
      ['LENGTH', 'SEEDS', 'COST', 'AP', `OVER ${second.axes[axis].toUpperCase()} AT THIS COST`, '95 %'],
      first.points.map(({ length, seeds }, p) => {
        const gain = gains[p] ?? undefined;
        return [
          formatLength(length),
          seeds,
          amount(Math.exp(first.curve.logCostOf(p))),
          percent(first.curve.scores[p]),
          gain === undefined ? notMeasured(second, first.curve.logCostOf(p)) : signedPercent(gain.difference),
          gain === undefined ? '' : formatApInterval(gain.interval),
        ];
      }),
    ),
  ];
}

function notMeasured({ curve }: MeasuredRecipe, logCost: number): string {
  return Math.exp(logCost) < curve.range.low ? 'starts later' : 'ends earlier';
}

function formatRelation(
  { axis, first, second, comparison }: RecipePair,
  amount: (value: number) => string,
): string {
  const { range, relation, crossing } = comparison;
  const [own, other] = [first.axes[axis], second.axes[axis]];
  if (range === null) return 'not comparable: they have no cost in common.';
  const [low, high] = [amount(range.low), amount(range.high)];
  const measured = low === high ? `at ${low}` : `from ${low} to ${high}`;
  if (relation === 'first ahead') return `${own} is ahead at every compute measured (${measured}).`;
  if (relation === 'second ahead') return `${other} is ahead at every compute measured (${measured}).`;
  if (relation === 'crosses' && crossing !== undefined) {
    const { interval } = crossing;
    const end = (value: number | null) => (value === null ? 'not measured' : amount(value));
    const [winner, loser] = crossing.ahead === 'first' ? [own, other] : [other, own];
    return `${winner} overtakes ${loser} at ${amount(crossing.cost)} (95 %: ${end(interval.low)} … ${end(interval.high)}).`;
  }
  return `not separated (${measured}).`;
}
