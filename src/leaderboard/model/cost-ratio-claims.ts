import { type CostRatio, costRatio } from '../../statistics/cost/cost-ratio';
import { lengthParts } from '../../core/plan/axes';
import { type CostCurve } from '../../core/cost/curves';
import type { CostPolicy } from '../../core/cost/lineage';
import type { CostRatioTest } from '../../statistics/claims/claims';
import { claimAxes, type ClaimSelection } from '../../statistics/claims/spec';
import { CONFIDENCE } from '../../statistics/bootstrap/replicates';
import type { LeaderboardRow } from './leaderboard';
import type { CostMetric } from '../../core/cost/metrics';

/**
 * Tests claims about the cost to a target AP: a ratio for every pair of rows, one of each selection, that are alike on
 * the axes which the selections leave open. Supported if the intervals of all pairs are in the claimed range, refuted if
 * one is outside; the intervals are simultaneous for all pairs and all claims (Bonferroni). Where a run never reached
 * the target they are open at one end, or there is none.
 *
 * @param claims how many claims the benchmark has
 */
export function costRatioTest(
  model: { readonly rows: readonly Pick<LeaderboardRow, 'axes' | 'control'>[] },
  curves: {
    curvesOf(row: Pick<LeaderboardRow, 'axes'>, metric: CostMetric, policy: CostPolicy): CostCurve[];
  },
  claims: number,
): CostRatioTest {
  return (claim) => {
    const { of, to, targetAP, metric } = claim.costRatio;
    const rows = model.rows.filter((row) => row.control === undefined && fits(row, claim.where));
    const open = claimAxes.filter((axis) => of[axis] === undefined && to[axis] === undefined);
    const pairs = rows
      .filter((row) => fits(row, of))
      .flatMap((first) =>
        rows
          .filter((row) => fits(row, to) && open.every((axis) => row.axes[axis] === first.axes[axis]))
          .map((second) => ({ first, second })),
      );
    if (pairs.length === 0) return undefined;
    const level = 1 - (1 - CONFIDENCE) / (pairs.length * Math.max(1, claims));
    const tested = pairs.map(({ first, second }) => {
      const [a, b] = [first, second].map((row) => curves.curvesOf(row, metric, 'full'));
      const ratio = costRatio(a!, b!, targetAP / 100, { level, resamples: 4000 });
      return {
        where: open
          .flatMap((axis) => (axis === 'length' ? lengthParts(first.axes.length) : [first.axes[axis]]))
          .join(' · '),
        ratio,
        position: positionOf(ratio, claim.is),
      };
    });
    if (tested.every(({ ratio }) => ratio.first.runs === 0 || ratio.second.runs === 0)) return undefined;
    const reasons = tested.map(({ where, ratio }) => `${where === '' ? '' : `${where}: `}${inWords(ratio)}`);
    if (tested.some(({ position }) => position === 'outside')) return { verdict: 'refuted', reasons };
    if (tested.every(({ position }) => position === 'inside')) return { verdict: 'supported', reasons };
    return { verdict: 'undecided', code: 'NOT_SIGNIFICANT', reasons };
  };
}

function fits(
  { axes }: Pick<LeaderboardRow, 'axes'>,
  chosen: ClaimSelection | Readonly<Record<string, unknown>>,
): boolean {
  return claimAxes.every((axis) => {
    const wanted = [(chosen as Record<string, unknown>)[axis] ?? []].flat();
    return wanted.length === 0 || wanted.includes(axes[axis]);
  });
}

type Assertion = Parameters<CostRatioTest>[0]['is'];

function positionOf({ interval }: CostRatio, is: Assertion): 'inside' | 'outside' | undefined {
  if (interval === null) return undefined;
  const [low, high] = is?.between ?? [is?.above ?? -Infinity, is?.below ?? Infinity];
  if (interval.low > low && interval.high < high) return 'inside';
  return interval.high <= low || interval.low >= high ? 'outside' : undefined;
}

const relations = { exact: 'is', atLeast: 'is at least', atMost: 'is at most' } as const;

function inWords({ relation, ratio, interval, first, second }: CostRatio): string {
  const reached = `${first.reached} of ${first.runs} and ${second.reached} of ${second.runs} runs reached the target`;
  if (relation === 'unknown' || ratio === null) return `the ratio is not known: ${reached}.`;
  const end = (value: number) => (value === Infinity ? '∞' : value.toFixed(2));
  const range =
    interval === null
      ? 'no interval with one seed'
      : `${end(interval.low)} … ${end(interval.high)}, for all pairs and claims together`;
  return `the ratio ${relations[relation]} ${ratio.toFixed(2)} (${range}); ${reached}.`;
}
