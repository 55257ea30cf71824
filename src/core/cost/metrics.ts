import {
  type ColumnUnit,
  columnUnit,
  flopSteps,
  noValue,
  timeSteps,
  unitOf,
  type UnitStep,
} from '../text/units';
import type { Cost } from './cost';

interface CostMetricFacts {
  /** In a sentence. */
  readonly name: string;
  /** Unit of the numbers, as files name it; of money it is the currency. */
  readonly unit: string;
  /** Units that a page chooses from, ascending; `currency` is that of money. */
  readonly steps: (currency: string) => readonly UnitStep[];
  /** How much of a unit there must be before it is used. */
  readonly leastCount: number;
  /** Whether every ledger has it. */
  readonly isMeasured: boolean;
  /** Whether rows are ordered, plotted and compared by it: not by what is proportional to another metric. */
  readonly ordersRows: boolean;
  /** Whether the leaderboard's table of costs has it. */
  readonly isTabled: boolean;
  /** Whether the cost to a target AP can be asked for in it. */
  readonly hasTargets: boolean;
  /** Whether bundles state it: prices are each reader's own. */
  readonly inBundles: boolean;
}

const facts = {
  leastCount: 1,
  isMeasured: true,
  ordersRows: true,
  isTabled: true,
  hasTargets: true,
  inBundles: true,
} as const;

/** All that is known of each metric of cost, in the order in which they are listed. */
export const costMetrics = {
  flops: { ...facts, name: 'FLOPs', unit: 'FLOP', steps: () => flopSteps },
  deviceSeconds: { ...facts, name: 'device time', unit: 's', steps: () => timeSteps, leastCount: 2 },
  wallSeconds: {
    ...facts,
    name: 'wall time',
    unit: 's',
    steps: () => timeSteps,
    leastCount: 2,
    ordersRows: false,
    isTabled: false,
  },
  energyJ: {
    ...facts,
    name: 'energy',
    unit: 'J',
    isMeasured: false,
    steps: () => [
      { label: 'J', size: 1 },
      { label: 'kJ', size: 1e3 },
      { label: 'MJ', size: 1e6 },
      { label: 'GJ', size: 1e9 },
    ],
  },
  money: {
    ...facts,
    name: 'money',
    unit: '',
    isMeasured: false,
    steps: (currency: string) => [
      { label: `10⁻³ ${currency}`, size: 1e-3 },
      { label: currency, size: 1 },
    ],
    inBundles: false,
  },
  carbonG: {
    ...facts,
    name: 'carbon',
    unit: 'g CO2e',
    isMeasured: false,
    steps: () => [
      { label: 'mg CO₂e', size: 1e-3 },
      { label: 'g CO₂e', size: 1 },
      { label: 'kg CO₂e', size: 1e3 },
      { label: 't CO₂e', size: 1e6 },
    ],
    ordersRows: false,
    hasTargets: false,
    inBundles: false,
  },
} as const satisfies Readonly<Record<keyof Cost, CostMetricFacts>>;

export type CostMetric = keyof typeof costMetrics;
type Flag = 'ordersRows' | 'isTabled' | 'hasTargets' | 'inBundles';
type MetricWith<F extends Flag> = {
  [M in CostMetric]: (typeof costMetrics)[M][F] extends true ? M : never;
}[CostMetric];

function metricsWith<F extends Flag>(flag: F): readonly MetricWith<F>[] {
  const names = Object.keys(costMetrics) as CostMetric[];
  return names.filter((name): name is MetricWith<F> => costMetrics[name][flag]);
}

export type OrderingMetric = MetricWith<'ordersRows'>;
export const orderingMetrics = metricsWith('ordersRows');
export type TargetMetric = MetricWith<'hasTargets'>;
export const targetMetrics = metricsWith('hasTargets');
export const tabledMetrics = metricsWith('isTabled');
export type BundleMetric = MetricWith<'inBundles'>;
export const bundleMetrics = metricsWith('inBundles');

/** A unit for a column of cost on any metric. */
export function metricUnit(
  metric: CostMetric,
  values: readonly (number | null)[],
  currency = '',
): ColumnUnit {
  const { steps, leastCount } = costMetrics[metric];
  return columnUnit(values, steps(currency), leastCount);
}

/** The unit of an axis that ends at `largest`. */
export function axisUnit(metric: CostMetric, largest: number, currency = ''): UnitStep {
  const { steps, leastCount } = costMetrics[metric];
  return unitOf(largest, steps(currency), leastCount);
}

/** An amount with its unit on any metric. */
export function formatAmount(metric: CostMetric, value: number | null, currency = ''): string {
  const unit = metricUnit(metric, [value], currency);
  return value === null ? noValue : `${unit.format(value)} ${unit.label}`;
}
