import { moneyOf } from '../../core/cost/cost';
import { costPolicies, type CostPolicy } from '../../core/cost/lineage';
import type { OrderCheck } from '../../statistics/cost/order';
import { type BoardRow, counts, type LeaderboardModel } from '../model/leaderboard';
import { type ColumnUnit, formatProbability } from '../../core/text/units';
import { costInterval } from '../../statistics/cost/cost-interval';
import { type CostMetric, costMetrics, tabledMetrics, metricUnit } from '../../core/cost/metrics';

const titleOf = (metric: CostMetric): string => {
  const { name } = costMetrics[metric];
  return name[0]!.toUpperCase() + name.slice(1);
};

/** Every ranked row's cost on every metric under every policy, and whether the order depends on them. */
export function costView(model: LeaderboardModel, nameOf: (row: BoardRow) => string) {
  const { factors, energyMethods } = model;
  const ranked = model.rows.filter((row) => row.rank !== undefined && row.cost !== null);
  const columns = tabledMetrics
    .filter((metric) => ranked.some((row) => row.cost!.full[metric] !== null))
    .map((metric) => {
      const values = ranked.flatMap((row) => costPolicies.map((policy) => row.cost![policy][metric]));
      return { metric, title: titleOf(metric), unit: metricUnit(metric, values, factors.currency) };
    });
  return {
    costTable: {
      groups: columns.map(({ title, unit }) => ({ title, unit: unit.label, span: costPolicies.length })),
      policies: columns.flatMap(({ metric, unit }) =>
        costPolicies.map((policy) => ({ policy, count: `${policy}-${metric}`, unit: unit.label })),
      ),
      rows: ranked.map((row) => ({
        name: nameOf(row),
        cells: columns.flatMap(({ metric, unit }) =>
          costPolicies.map((policy) => costCell(row, policy, metric, unit)),
        ),
      })),
      notes: [
        ...(energyMethods.length > 0 ? [`Energy: ${energyMethods.join('; ')}.`] : []),
        ...(columns.some(({ metric }) => metric === 'money') ? [`Money: ${moneyBasis(model)}.`] : []),
        ...(columns.some(({ metric }) => metric === 'carbonG')
          ? [
              `Carbon: ${factors.gramsCO2ePerKilowattHour} g CO₂e for each kWh (${factors.carbonSource ?? 'as configured'}).`,
            ]
          : []),
      ],
    },
    order: orderView(model.orderChecks, ranked.map(nameOf)),
  };
}

/** A row's cost by one way to count, with all that depends on it. */
export function costCell(row: BoardRow, policy: CostPolicy, metric: CostMetric, unit: ColumnUnit) {
  const value = row.cost?.[policy][metric] ?? null;
  const count = counts.find((each) => each.policy === policy && each.metric === metric)?.name;
  const seeds = row.done.flatMap(({ cost }) => cost?.[policy][metric] ?? []);
  const interval = value === null || seeds.length < row.done.length ? null : costInterval(seeds);
  const [low, high] = interval === null ? ['', ''] : [unit.format(interval.low), unit.format(interval.high)];
  const share = count && row.uncertainty?.onFront[count];
  return {
    text: unit.format(value),
    value: value === null ? '' : Number(value.toPrecision(6)),
    range: low === high ? '' : `${low}–${high}`,
    onFront: count !== undefined && row.fronts.includes(count),
    share: share === undefined ? '' : formatProbability(share),
    shareValue: share ?? '',
    rank: (count && row.valueRanks[count]) ?? '',
  };
}

/** The prices of the devices that computed here, as they were used. */
function moneyBasis({ factors, benchmark }: LeaderboardModel): string {
  const { currency, moneyPerKilowattHour, moneySource } = factors;
  const devices = new Set(
    benchmark.stages.flatMap(({ ledger }) => (ledger && ledger.deviceSeconds > 0 ? [ledger.device] : [])),
  );
  const prices = [...devices].sort().flatMap((device) => {
    const hourly = moneyOf({ deviceSeconds: 3600, device, energyJ: 0 }, factors);
    return hourly === null ? [] : [`${hourly} ${currency} for an hour of ${device}`];
  });
  const electricity =
    moneyPerKilowattHour === undefined ? [] : [`${moneyPerKilowattHour} ${currency} for each kWh`];
  return `${[...prices, ...electricity].join(', ')} (${moneySource ?? 'as configured'})`;
}

function orderView(checks: readonly OrderCheck[], names: readonly string[]) {
  if (checks.length === 0) return undefined;
  const changed = checks.filter(
    ({ flipped, joins, leaves }) => flipped > 0 || joins.length > 0 || leaves.length > 0,
  );
  const worst = [...changed].sort((a, b) => b.flipped / b.pairs - a.flipped / a.pairs)[0];
  const list = (rows: readonly number[]) => rows.map((row) => names[row]).join('; ');
  return {
    verdict:
      worst === undefined
        ? 'No: on every metric and under every policy the order by AP per cost and the Pareto front are those of full cost in FLOPs.'
        : `Yes: under ${changed.length} of ${checks.length} other ways to count, rows change places or the Pareto front changes. Most by ${worst.policy} ${costMetrics[worst.metric].name}: ${worst.flipped} of ${worst.pairs} pairs.`,
    rows: checks.map(({ policy, metric, tau, flipped, pairs, joins, leaves }) => ({
      policy,
      metric: titleOf(metric),
      tau: tau === null ? '–' : tau.toFixed(2).replace('-', '−'),
      tauValue: tau ?? '',
      flipped: `${flipped} of ${pairs}`,
      flippedValue: pairs === 0 ? 0 : flipped / pairs,
      joins: list(joins),
      leaves: list(leaves),
    })),
  };
}
