import { costPolicies, type CostPolicy } from '../../core/cost/lineage';
import { costMetrics, type OrderingMetric, orderingMetrics } from '../../core/cost/metrics';
import { costInterval } from '../../statistics/cost/cost-interval';
import { type Chart, chartOf } from '../charts/chart';
import { costDomains, costPlot, type CostPoint } from '../charts/cost-plot';
import type { StrategySeries } from '../charts/strategy-series';
import { formatShare } from '../../core/text/units';
import type { FractionRanking, FractionRow } from '../model/fraction-ranking';
import { costings, type LeaderboardModel, type LeaderboardRow } from '../model/leaderboard';
import type { PlainNames } from '../model/plain-names';

/** How stages that several trials share are charged. */
export const policyTexts: Readonly<Record<CostPolicy, string>> = {
  full: 'charged in full',
  amortised: 'divided among trials',
  marginal: 'left out',
};

/** Names on the axes, in the order that decides colour and shape. */
export interface SeriesNames {
  readonly inits: readonly string[];
  readonly strategies: StrategySeries;
  readonly plain: PlainNames;
}

interface CostPlotView {
  readonly id: string;
  /** A panel for each labelled fraction, on the same axes. */
  readonly panels: readonly { readonly fraction: number; readonly title: string; readonly chart: Chart }[];
  /** Reports rows that the plot can't show. */
  readonly hidden: string;
}

/** AP against cost on each costing that is known of all rows; without scripts, switches above show one of them. */
export async function costPlots(
  { benchmark, factors }: LeaderboardModel,
  rankings: readonly FractionRanking[],
  names: SeriesNames,
  shown: readonly (typeof costings)[number][] = costings,
): Promise<CostPlotView[]> {
  const rows = rankings.flatMap((ranking) => ranking.rows);
  const scored = rows.filter((row) => row.rank !== undefined);
  if (scored.length === 0) return [];
  const list: CostPlotView[] = [];
  for (const costing of shown) {
    const { name: id, policy, metric } = costing;
    if (scored.some((row) => row.cost![policy][metric] === null)) continue;
    const points = scored.map((row) => pointOf(row, rows.indexOf(row), costing, names));
    const free = points.filter((point) => point.cost <= 0).length;
    if (free === points.length) {
      list.push({ id, panels: [], hidden: 'All rows cost nothing under this costing.' });
      continue;
    }
    const domains = costDomains(points);
    const panels = rankings.map(async ({ fraction, rows: own }) => {
      const title = `AP against cost in ${costMetrics[metric].name}, shared stages ${policyTexts[policy]}, ${formatShare(fraction)} of the labels, ${benchmark.title}`;
      const at = new Set(own.map((row) => rows.indexOf(row)));
      const inside = points.filter((point) => at.has(point.id));
      const options = { metric, currency: factors.currency, domains, tips: costing === costings[0] };
      const size = rankings.length === 1 ? ([520, 340] as const) : ([400, 300] as const);
      const chart = await chartOf(title, size, (drawing) => costPlot(inside, { ...drawing, ...options }));
      return {
        fraction,
        title: `${formatShare(fraction)} of the labels`,
        chart,
        isEmpty: inside.length === 0,
      };
    });
    list.push({
      id,
      panels: (await Promise.all(panels)).filter(({ isEmpty }) => !isEmpty),
      hidden: free === 0 ? '' : freeText(free),
    });
  }
  return list;
}

function pointOf(
  row: FractionRow,
  id: number,
  { name, policy, metric }: (typeof costings)[number],
  { strategies, inits, plain }: SeriesNames,
): CostPoint {
  const { init, augmentation, strategy, fraction } = row.axes;
  const { mean, min, max } = row.scores.AP!;
  const interval = row.uncertainty?.intervals.AP;
  return {
    id,
    cost: row.cost![policy][metric]!,
    costInterval: costInterval(row.done.flatMap(({ cost }) => cost?.[policy][metric] ?? [])),
    score: mean,
    min: interval?.low ?? min,
    max: interval?.high ?? max,
    label: plain.recipe(row),
    curve: JSON.stringify([init, augmentation, fraction, strategy]),
    strategy: strategies.get(strategy)!,
    init: inits.indexOf(init),
    onFront: row.fronts.includes(name),
    frontShare: row.onFront[name],
  };
}

function freeText(free: number): string {
  const [who, verb] = free === 1 ? ['One row costs', 'is'] : [`${free} rows cost`, 'are'];
  return `${who} nothing under this costing and ${verb} not on the logarithmic axis.`;
}

/** The policies, and the metrics that are known of all ranked rows, as a reader may choose them. */
export function costingChoices(rows: readonly LeaderboardRow[]) {
  return {
    policies: policyChoices(costPolicies),
    costMetrics: metricChoices(
      orderingMetrics.filter((metric) =>
        rows.every(({ rank, cost }) => rank === undefined || cost?.full[metric] !== null),
      ),
    ),
  };
}

export const policyChoices = (policies: readonly CostPolicy[]) =>
  policies.map((id, index) => ({ id, name: policyTexts[id], isFirst: index === 0 }));

export const metricChoices = (metrics: readonly OrderingMetric[]) =>
  metrics.map((id, index) => ({ id, name: costMetrics[id].name, isFirst: index === 0 }));
