import { moneyOf } from '../../core/cost/cost';
import { costPolicies, type CostPolicy } from '../../core/cost/lineage';
import type { OrderCheck } from '../../statistics/cost/order';
import type { FractionRanking, FractionRow } from '../model/fraction-ranking';
import { type LeaderboardRow, costings, type LeaderboardModel } from '../model/leaderboard';
import { type CostMetric, costMetrics, metricUnit, tabledMetrics } from '../../core/cost/metrics';
import { type ColumnUnit, formatProbability, noValue } from '../../core/text/units';
import { type Column, table } from '../templates/table';
import { costInterval } from '../../statistics/cost/cost-interval';

/** Unit of costs in files. */
export const unitOfValues = (metric: CostMetric, currency: string): string =>
  metric === 'money' ? currency : costMetrics[metric].unit;

const titleOf = (metric: CostMetric): string => {
  const { name } = costMetrics[metric];
  return name[0]!.toUpperCase() + name.slice(1);
};

/** Every ranked row's cost on every metric under every policy, and whether the order depends on them. */
export function costView(
  model: LeaderboardModel,
  rankings: readonly FractionRanking[],
  nameOf: (row: LeaderboardRow) => string,
) {
  const { factors, energyMethods } = model;
  const rows = rankings.flatMap((ranking) => ranking.rows);
  const ranked = rows.filter((row) => row.rank !== undefined && row.cost !== null);
  const metrics = tabledMetrics.filter((metric) => ranked.some((row) => row.cost!.full[metric] !== null));
  return {
    costTable:
      ranked.length === 0
        ? undefined
        : table({
            title: 'Cost on every metric',
            headingId: 'cost-title',
            attributes: { id: 'costs' },
            rows: ranked,
            rowAttributes: (row) => ({ 'data-row': rows.indexOf(row) }),
            columns: [
              { name: 'Row', isHeader: true, cell: nameOf },
              ...metrics.flatMap((metric) => metricColumns(metric, ranked, factors.currency)),
            ],
          }),
    costNotes: [
      ...(energyMethods.length > 0 ? [`Energy: ${energyMethods.join('; ')}.`] : []),
      ...(metrics.includes('money') ? [`Money: ${moneyBasis(model)}.`] : []),
      ...(metrics.includes('carbonG')
        ? [
            `Carbon: ${factors.gramsCO2ePerKilowattHour} g CO₂e per kWh (${factors.carbonSource ?? 'as configured'}).`,
          ]
        : []),
    ],
    order: orderView(model.orderChecks, model.rows.filter(({ rank }) => rank !== undefined).map(nameOf)),
  };
}

/** A column for each policy, in one unit; scripts find them by `data-count`. */
function metricColumns(
  metric: CostMetric,
  ranked: readonly FractionRow[],
  currency: string,
): Column<FractionRow>[] {
  const values = ranked.flatMap((row) => costPolicies.map((policy) => row.cost![policy][metric]));
  const unit = metricUnit(metric, values, currency);
  const group = { name: titleOf(metric), unit: unit.label };
  return costPolicies.map((policy) => ({
    name: policy,
    group,
    valueUnit: unitOfValues(metric, currency),
    isNumber: true,
    data: { count: `${policy}-${metric}`, unit: `${policy}, ${unit.label}` },
    cell: (row) => {
      const { text, value, sort, range, bounds, onFront, share, shareValue, rank } = costCell(
        row,
        policy,
        metric,
        unit,
      );
      return {
        text,
        value,
        values: bounds,
        sort,
        data: { p: shareValue, k: rank, front: onFront || undefined },
        notes: [range, rank === '' ? undefined : { text: `${share} #${rank}`, isOnFront: onFront }],
      };
    },
  }));
}

/** A row's cost under one costing, with all that depends on it. */
export function costCell(row: FractionRow, policy: CostPolicy, metric: CostMetric, unit: ColumnUnit) {
  const value = row.cost?.[policy][metric] ?? null;
  const costing = costings.find((each) => each.policy === policy && each.metric === metric)?.name;
  const seeds = row.done.flatMap(({ cost }) => cost?.[policy][metric] ?? []);
  const interval = value === null || seeds.length < row.done.length ? null : costInterval(seeds);
  const [low, high] = interval === null ? ['', ''] : [unit.format(interval.low), unit.format(interval.high)];
  const name = `${titleOf(metric)} ${policy}`;
  const share = costing && row.onFront[costing];
  return {
    text: unit.format(value),
    value,
    sort: value === null ? '' : Number(value.toPrecision(6)),
    range: low === high ? '' : `${low}–${high}`,
    bounds: interval === null ? {} : { [`${name} low`]: interval.low, [`${name} high`]: interval.high },
    onFront: costing !== undefined && row.fronts.includes(costing),
    share: share === undefined ? '' : formatProbability(share),
    shareValue: share ?? ('' as const),
    rank: (costing && row.valueRanks[costing]) ?? ('' as const),
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
    return hourly === null ? [] : [`${hourly} ${currency} per hour of ${device}`];
  });
  const electricity =
    moneyPerKilowattHour === undefined ? [] : [`${moneyPerKilowattHour} ${currency} per kWh`];
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
        : `Yes: under ${changed.length} of ${checks.length} other costings, rows swap ranks or the Pareto front changes. The most pairs swap by ${worst.policy} ${costMetrics[worst.metric].name}: ${worst.flipped} of ${worst.pairs}.`,
    table: table({
      title: 'Order under other costings',
      headingId: 'order-title',
      attributes: { 'data-sortable': true },
      rows: checks,
      columns: [
        { name: 'Policy', isHeader: true, sort: 'up', cell: ({ policy }) => policy },
        { name: 'Metric', sort: 'up', cell: ({ metric }) => titleOf(metric) },
        {
          name: 'τ',
          isNumber: true,
          sort: 'up',
          cell: ({ tau }) => ({
            text: tau === null ? noValue : tau.toFixed(2).replace('-', '−'),
            value: tau,
            sort: tau ?? '',
          }),
        },
        {
          name: 'Pairs',
          isNumber: true,
          sort: 'down',
          cell: ({ flipped, pairs }) => ({
            text: `${flipped} of ${pairs}`,
            value: flipped,
            values: { 'of pairs': pairs },
            sort: pairs === 0 ? 0 : flipped / pairs,
          }),
        },
        { name: 'Joins the front', className: 'wraps', cell: ({ joins }) => list(joins) },
        { name: 'Leaves it', className: 'wraps', cell: ({ leaves }) => list(leaves) },
      ],
    }),
  };
}
