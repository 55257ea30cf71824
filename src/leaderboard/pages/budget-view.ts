import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import { costMetrics, formatAmount, orderingMetrics } from '../../core/cost/metrics';
import { formatShare } from '../../core/text/units';
import { budgetCurves } from '../charts/budget-curves';
import { chartOf } from '../charts/chart';
import { strategyLegend, strategySeries, type StrategySeries } from '../charts/strategy-series';
import { mapMargin, winnerMap } from '../charts/winner-map';
import { type BudgetAnswer, type BudgetMap, budgetMaps, budgetPolicies } from '../model/budget';
import type { LeaderboardModel } from '../model/leaderboard';
import { PlainNames } from '../model/plain-names';
import type { TrialCurves } from '../model/trial-curves';
import { targetTables, winnersTable } from './budget-tables';
import { metricChoices, policyChoices, policyTexts } from './leaderboard-plots';

/** Faint lines of a plot: more of them would be a grey area. */
const FAINT_CURVES = 60;

/** The page "What should I do with budget B?" of a benchmark. */
export async function budgetView(model: LeaderboardModel, curves: TrialCurves) {
  const { benchmark } = model;
  const strategies = strategySeries(benchmark);
  const names = new PlainNames(benchmark);
  const maps = budgetMaps(model, curves);
  const hasCurves = model.rows.some((row) => curves.curvesOf(row, 'flops', 'full').length > 0);
  const shownStrategies = new Set(
    maps.flatMap(({ answers }) => answers.map(({ winner }) => winner.purchase.row.axes.strategy)),
  );
  return {
    title: benchmark.title,
    confidence: `${100 * CONFIDENCE}\u202f%`,
    policies: policyChoices(budgetPolicies.filter((policy) => maps.some((map) => map.policy === policy))),
    costMetrics: metricChoices(orderingMetrics.filter((metric) => maps.some((map) => map.metric === metric))),
    maps: await Promise.all(maps.map((map) => mapView(map, model, strategies, names))),
    legend: strategyLegend(strategies, (name) => shownStrategies.has(name)),
    hasCurves,
    curves: hasCurves
      ? await Promise.all(maps.map((map) => curvesView(map, model, curves, strategies, names)))
      : [],
    targets: hasCurves ? targetTables(maps, model, curves, names) : [],
    file: benchmark.file,
  };
}

async function mapView(
  map: BudgetMap,
  { factors, benchmark }: LeaderboardModel,
  strategies: StrategySeries,
  names: PlainNames,
) {
  const { count, metric, budgets } = map;
  const { currency } = factors;
  const text = (value: number) =>
    formatAmount(metric, value, currency)
      .replace(/(\.\d*?)0+(?= )/, '$1')
      .replace('. ', ' ');
  const options = {
    currency,
    description: 'Every cell is a line of the table below.',
    // Shorter and shorter: the last parts of a name are left out.
    namesOf: ({ winner: { purchase } }: BudgetAnswer) =>
      names.parts(purchase.row).map((_, index, parts) =>
        parts
          .slice(0, parts.length - index)
          .map(({ text: part }) => part)
          .join(' · '),
      ),
    series: ({ winner }: BudgetAnswer) => strategies.get(winner.purchase.row.axes.strategy)!,
  };
  const title = `Best row by labelled share and budget in ${costMetrics[metric].name}, shared stages ${policyTexts[map.policy]}, ${benchmark.title}`;
  return {
    count,
    // The height follows from the number of fractions.
    chart: await chartOf(title, [1160, 0], (drawing) => winnerMap(map, { ...options, ...drawing }), [358, 0]),
    margin: mapMargin,
    budgets: budgets.map(text).join('|'),
    cost: budgets.join(' '),
    last: budgets.length - 1,
    winners: winnersTable(map, text, names),
  };
}

async function curvesView(
  { count, policy, metric, answers }: BudgetMap,
  { rows, factors, benchmark }: LeaderboardModel,
  curves: TrialCurves,
  strategies: StrategySeries,
  names: PlainNames,
) {
  const fractions = [...new Set(rows.map(({ axes }) => axes.fraction))].sort((a, b) => b - a);
  const figures = fractions.map(async (fraction) => {
    const own = answers.filter((answer) => answer.fraction === fraction);
    const winners = new Set(
      own.flatMap(({ winner, ties }) => [winner, ...ties].map(({ purchase }) => purchase.row)),
    );
    const lines = rows
      .filter((row) => row.axes.fraction === fraction)
      .flatMap((row) => {
        const points = meanCurve(curves.curvesOf(row, metric, policy));
        if (points.length < 2) return [];
        const strategy = strategies.get(row.axes.strategy)!;
        return [{ label: names.recipe(row), strategy, isWinner: winners.has(row), points }];
      });
    const faint = lines.filter(({ isWinner }) => !isWinner);
    const shown = faint.length > FAINT_CURVES ? lines.filter(({ isWinner }) => isWinner) : lines;
    if (shown.length === 0) return [];
    const title = `AP against cost in ${costMetrics[metric].name} with ${formatShare(fraction)} of the labels, ${benchmark.title}`;
    return [
      {
        fraction: formatShare(fraction),
        chart: await chartOf(title, [420, 270], (drawing) =>
          budgetCurves(shown, { ...drawing, metric, currency: factors.currency }),
        ),
      },
    ];
  });
  return { count, figures: (await Promise.all(figures)).flat() };
}

/** Mean over seeds, point by point; of the first seed where they have not the same points. */
function meanCurve(curves: readonly { readonly points: readonly { cost: number; AP: number }[] }[]) {
  const [first] = curves;
  if (first === undefined) return [];
  const alike = curves.filter(({ points }) => points.length === first.points.length);
  return first.points.map((_, index) => {
    const mean = (of: 'cost' | 'AP') =>
      alike.reduce((sum, { points }) => sum + points[index]![of], 0) / alike.length;
    return { cost: mean('cost'), AP: mean('AP') };
  });
}
