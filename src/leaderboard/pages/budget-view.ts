import { costToTarget, type CostToTarget } from '../../statistics/cost/cost-to-target';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import { budgetCurves } from '../charts/budget-curves';
import { mapMargin, winnerMap } from '../charts/winner-map';
import {
  type BudgetAnswer,
  type BudgetMap,
  budgetMaps,
  budgetPolicies,
  type BudgetPolicy,
  type Contender,
  type Purchase,
} from '../model/budget';
import { type BoardRow, type LeaderboardModel } from '../model/leaderboard';
import type { TrialCurves } from '../model/trial-curves';
import { type ColumnUnit, formatProbability, formatScore, formatShare } from '../../core/text/units';
import { slug } from '../templates/site-paths';
import { strategyLegend, strategySeries, type StrategySeries } from '../charts/strategy-series';
import {
  costMetrics,
  orderingMetrics,
  type OrderingMetric,
  formatAmount,
  metricUnit,
} from '../../core/cost/metrics';

const policyTexts: Readonly<Record<BudgetPolicy, string>> = {
  full: 'charged in full',
  amortised: 'divided among trials',
};
/** Ties that are named; of the others the number is said. */
const NAMED_TIES = 4;
/** Rows of the table of costs to a target. */
const TARGET_ROWS = 100;
/** Faint lines of a plot: more of them would be a grey area. */
const FAINT_CURVES = 60;

/** The page "What should I do with budget B?" of a benchmark. */
export async function budgetView(model: LeaderboardModel, curves: TrialCurves) {
  const { benchmark } = model;
  const strategies = strategySeries(benchmark);
  const maps = budgetMaps(model, curves);
  const hasCurves = model.rows.some((row) => curves.curvesOf(row, 'flops', 'full').length > 0);
  const shownStrategies = new Set(
    maps.flatMap(({ answers }) => answers.map(({ winner }) => winner.purchase.row.axes.strategy)),
  );
  return {
    title: benchmark.title,
    confidence: `${100 * CONFIDENCE}\u202f%`,
    policies: budgetPolicies
      .filter((policy) => maps.some((map) => map.policy === policy))
      .map((id, index) => ({ id, name: policyTexts[id], isFirst: index === 0 })),
    costMetrics: orderingMetrics
      .filter((metric) => maps.some((map) => map.metric === metric))
      .map((id, index) => ({ id, name: costMetrics[id].name, isFirst: index === 0 })),
    maps: await Promise.all(maps.map((map) => mapView(map, model, strategies))),
    legend: strategyLegend(strategies, (name) => shownStrategies.has(name)),
    hasCurves,
    curves: hasCurves ? await Promise.all(maps.map((map) => curvesView(map, model, curves, strategies))) : [],
    targets: hasCurves ? targetsView(maps, model, curves) : [],
    file: benchmark.file,
  };
}

async function mapView(map: BudgetMap, { factors, benchmark }: LeaderboardModel, strategies: StrategySeries) {
  const { count, metric, budgets, answers } = map;
  const { currency } = factors;
  const amount = (value: number) => formatAmount(metric, value, currency);
  const text = (value: number) =>
    amount(value)
      .replace(/(\.\d*?)0+(?= )/, '$1')
      .replace('. ', ' ');
  const rows = answers.map((answer) => answerView(answer, budgets, text, amount, metric));
  const options = {
    currency,
    title: `Best row by labelled share and budget in ${costMetrics[metric].name}, shared stages ${policyTexts[map.policy]}, ${benchmark.title}`,
    description: 'Every cell is a line of the table below.',
    namesOf: ({ winner }: BudgetAnswer) => shortNames(winner.purchase),
    series: ({ winner }: BudgetAnswer) => strategies.get(winner.purchase.row.axes.strategy)!,
  };
  return {
    count,
    metric: costMetrics[metric].name,
    wide: await winnerMap(map, { ...options, width: 1160 }),
    narrow: await winnerMap(map, { ...options, width: 358 }),
    margin: mapMargin,
    budgets: budgets.map(text).join('|'),
    cost: budgets.join(' '),
    last: budgets.length - 1,
    rows: rows.reverse(),
  };
}

function answerView(
  answer: BudgetAnswer,
  budgets: readonly number[],
  text: (value: number) => string,
  amount: (value: number) => string,
  metric: OrderingMetric,
) {
  const { fraction, from, to, winner, ties, candidates } = answer;
  const { purchase, share } = winner;
  const until = budgets[to];
  return {
    fraction: formatShare(fraction),
    from,
    to,
    budget:
      until === undefined ? `from ${text(budgets[from]!)}` : `${text(budgets[from]!)} to ${text(until)}`,
    ...purchaseView(purchase),
    AP: formatScore(purchase.AP),
    interval: purchase.interval === null ? '' : rangeText(purchase.interval),
    cost: amount(purchase.cost.full[metric]!),
    share: share === undefined ? '' : candidates === 1 ? '' : formatProbability(share),
    isAlone: candidates === 1,
    isUnknown: share === undefined && candidates > 1,
    ties: ties.slice(0, NAMED_TIES).map(tieView),
    moreTies: Math.max(0, ties.length - NAMED_TIES),
    tieCount: ties.length,
    hasTies: ties.length > 0,
  };
}

const tieView = ({ purchase, share }: Contender) => ({
  ...purchaseView(purchase),
  AP: formatScore(purchase.AP),
  share: share === undefined ? '' : formatProbability(share),
});

function purchaseView({ row, stopped }: Purchase) {
  return {
    name: nameOf(row),
    href: `trials/${slug(row.trials[0]!.record.id)}.html`,
    stopped: stopped && `stopped at step ${stopped.step} of its ${stopped.stage}`,
  };
}

const rangeText = ({ low, high }: { low: number; high: number }) =>
  `${formatScore(low)}–${formatScore(high)}`;

/** The labelled share is the line that it stands in. */
function nameOf({ axes }: BoardRow): string {
  return `${axes.init} · ${axes.augmentation} · ${axes.strategy}`;
}

function shortNames({ row: { axes } }: Purchase): string[] {
  return [nameOf({ axes } as BoardRow), `${axes.init} · ${axes.augmentation}`, axes.init];
}

async function curvesView(
  { count, policy, metric, answers }: BudgetMap,
  { rows, factors, benchmark }: LeaderboardModel,
  curves: TrialCurves,
  strategies: StrategySeries,
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
        return [{ label: nameOf(row), strategy, isWinner: winners.has(row), points }];
      });
    const faint = lines.filter(({ isWinner }) => !isWinner);
    const shown = faint.length > FAINT_CURVES ? lines.filter(({ isWinner }) => isWinner) : lines;
    if (shown.length === 0) return [];
    const title = `AP against cost in ${costMetrics[metric].name} with ${formatShare(fraction)} of the labels, ${benchmark.title}`;
    const options = { metric, currency: factors.currency, title };
    return [
      {
        fraction: formatShare(fraction),
        wide: await budgetCurves(shown, { ...options, width: 500, height: 300 }),
        narrow: await budgetCurves(shown, { ...options, width: 358, height: 260 }),
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

function targetsView(maps: readonly BudgetMap[], { rows, factors }: LeaderboardModel, curves: TrialCurves) {
  const scored = rows.filter((row) => row.rank !== undefined).slice(0, TARGET_ROWS);
  const targets = roundTargets(scored.map(({ scores }) => scores.AP!.mean));
  return maps.map(({ count, policy, metric }) => {
    const lines = scored.map((row) => {
      const own = curves.curvesOf(row, metric, policy);
      return { row, costs: targets.map((target) => costToTarget(own, target)) };
    });
    const known = lines.flatMap(({ costs }) => costs.flatMap(({ mean }) => mean ?? []));
    const unit = metricUnit(metric, known, factors.currency);
    return {
      count,
      unit: unit.label,
      targets: targets.map((target) => formatScore(target).replace(/\.0$/, '')),
      rows: lines.map(({ row, costs }) => ({
        name: `${nameOf(row)} · ${formatShare(row.axes.fraction)}`,
        href: `trials/${slug(row.trials[0]!.record.id)}.html`,
        cells: costs.map((cost) => targetCell(cost, unit)),
      })),
      left: rows.filter((row) => row.rank !== undefined).length - scored.length,
    };
  });
}

/** A run that never came to stay at the target bounds its cost from below, and is not left out. */
function targetCell({ relation, mean, reached, runs }: CostToTarget, unit: ColumnUnit) {
  if (relation === 'unknown' || mean === null) return { text: '–', value: '', note: '' };
  const isBound = relation === 'atLeast';
  return {
    text: `${isBound ? '>\u202f' : ''}${unit.format(mean)}`,
    // Bounds after all that reached it.
    value: isBound ? '' : Number(mean.toPrecision(6)),
    note: runs.length > 1 && isBound ? `${reached} of ${runs.length} seeds reach it` : '',
    isBound,
  };
}

/** Up to five round scores that some rows reach and others do not. */
function roundTargets(scores: readonly number[]): number[] {
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  const step =
    [0.01, 0.02, 0.05, 0.1, 0.2].find((size) => Math.floor(most / size) - Math.floor(least / size) <= 5) ??
    0.2;
  const top = Math.floor(most / step + 1e-9);
  return Array.from({ length: 5 }, (_, index) => Number(((top - 4 + index) * step).toFixed(4))).filter(
    (target) => target > 0,
  );
}
