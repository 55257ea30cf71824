import { costPolicies, type CostPolicy } from '../../core/cost/lineage';
import { costMetrics, type OrderingMetric, orderingMetrics } from '../../core/cost/metrics';
import { costInterval } from '../../statistics/cost/cost-interval';
import { type Chart, type ChartDrawing, chartOf } from '../charts/chart';
import { costPlot, type CostPoint } from '../charts/cost-plot';
import type { StrategySeries } from '../charts/strategy-series';
import { costings, type LeaderboardModel, type LeaderboardRow } from '../model/leaderboard';
import { rowName } from '../model/row-names';

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
}

interface CostPlotView {
  readonly id: string;
  readonly chart?: Chart;
  /** Reports rows that the plot can't show. */
  readonly hidden: string;
}

/** AP against cost on each costing that is known of all rows; without scripts, switches above show one of them. */
export async function costPlots(
  { rows, benchmark, factors: { currency } }: LeaderboardModel,
  names: SeriesNames,
): Promise<CostPlotView[]> {
  const scored = rows.filter((row) => row.rank !== undefined);
  if (scored.length === 0) return [];
  const list: CostPlotView[] = [];
  for (const costing of costings) {
    const { name: id, policy, metric } = costing;
    if (scored.some((row) => row.cost![policy][metric] === null)) continue;
    const points = scored.map((row, index) => pointOf(row, index, costing, names));
    const free = points.filter((point) => point.cost <= 0).length;
    if (free === points.length) {
      list.push({ id, hidden: 'All rows cost nothing under this costing.' });
      continue;
    }
    const title = `AP against cost in ${costMetrics[metric].name}, shared stages ${policyTexts[policy]}, ${benchmark.title}`;
    const draw = (drawing: ChartDrawing) =>
      costPlot(points, { ...drawing, metric, currency, tips: drawing.width > 400 });
    const chart = await chartOf(title, [860, 430], draw, [358, 320]);
    list.push({ id, chart, hidden: free === 0 ? '' : freeText(free) });
  }
  return list;
}

function pointOf(
  row: LeaderboardRow,
  index: number,
  { name, policy, metric }: (typeof costings)[number],
  { strategies, inits }: SeriesNames,
): CostPoint {
  const { mean, min, max } = row.scores.AP!;
  const interval = row.uncertainty?.intervals.AP;
  return {
    id: index,
    cost: row.cost![policy][metric]!,
    costInterval: costInterval(row.done.flatMap(({ cost }) => cost?.[policy][metric] ?? [])),
    score: mean,
    min: interval?.low ?? min,
    max: interval?.high ?? max,
    label: rowName(row.axes),
    strategy: strategies.get(row.axes.strategy)!,
    init: inits.indexOf(row.axes.init),
    onFront: row.fronts.includes(name),
    frontShare: row.uncertainty?.onFront[name],
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
