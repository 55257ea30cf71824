import { paretoFront } from '../bootstrap/pareto-front';
import type { Cost } from '../../core/cost/cost';
import { type OrderingMetric, orderingMetrics } from '../../core/cost/metrics';
import { costPolicies, type CostPolicy } from '../../core/cost/lineage';

export interface OrderedRow {
  /** AP, or any score of which more is better. */
  readonly score: number;
  readonly cost: Readonly<Record<CostPolicy, Cost>>;
}

/** How the order of rows by score per cost, and their Pareto front, differ from those of full cost in FLOPs. */
export interface OrderCheck {
  readonly policy: CostPolicy;
  readonly metric: OrderingMetric;
  /** Kendall's τ-b with the order by full FLOPs; `null` where all rows are equal on one of them. */
  readonly tau: number | null;
  /** Pairs of rows whose order is the other way round. */
  readonly flipped: number;
  /** Pairs that differ on both. */
  readonly pairs: number;
  /** Rows (by index) that are on this front and not on that of full FLOPs, and the reverse. */
  readonly joins: readonly number[];
  readonly leaves: readonly number[];
}

/**
 * Compares every policy and metric with full cost in FLOPs. Metrics on which the cost of a row is not known are left out.
 * Rows that cost nothing are equally good value; more than any other.
 */
export function orderChecks(rows: readonly OrderedRow[]): OrderCheck[] {
  const by = (policy: CostPolicy, metric: OrderingMetric) => {
    const costs = rows.map(({ cost }) => cost[policy][metric]);
    if (costs.some((cost) => cost === null)) return undefined;
    const known = costs as number[];
    return {
      values: rows.map(({ score }, index) => (known[index] === 0 ? Infinity : score / known[index]!)),
      front: new Set(paretoFront(rows.map(({ score }, index) => ({ cost: known[index]!, score })))),
    };
  };
  const reference = by('full', 'flops');
  if (reference === undefined || rows.length < 2) return [];
  return costPolicies.flatMap((policy) =>
    orderingMetrics.flatMap((metric): OrderCheck[] => {
      if (policy === 'full' && metric === 'flops') return [];
      const own = by(policy, metric);
      if (own === undefined) return [];
      return [
        {
          policy,
          metric,
          ...kendall(reference.values, own.values),
          joins: [...own.front].filter((row) => !reference.front.has(row)),
          leaves: [...reference.front].filter((row) => !own.front.has(row)),
        },
      ];
    }),
  );
}

/**
 * Kendall's rank correlation with ties, τ-b: (concordant − discordant) / √((pairs − ties in a)(pairs − ties in b)).
 *
 * @source Kendall, "The treatment of ties in ranking problems", Biometrika 33 (1945)
 */
export function kendall(
  a: readonly number[],
  b: readonly number[],
): { tau: number | null; flipped: number; pairs: number } {
  let [concordant, flipped, tiedA, tiedB] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [compare(a[i]!, a[j]!), compare(b[i]!, b[j]!)];
      if (x === 0) tiedA++;
      if (y === 0) tiedB++;
      if (x * y > 0) concordant++;
      if (x * y < 0) flipped++;
    }
  }
  const all = (a.length * (a.length - 1)) / 2;
  const scale = Math.sqrt((all - tiedA) * (all - tiedB));
  return { tau: scale === 0 ? null : (concordant - flipped) / scale, flipped, pairs: concordant + flipped };
}

/** Relative differences below this are rounding: sums of the same parts in another order. */
const ROUNDING = 1e-9;

function compare(a: number, b: number): number {
  const isRounding = Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b));
  if (a === b || (isRounding && Number.isFinite(a - b))) return 0;
  return a < b ? -1 : 1;
}
