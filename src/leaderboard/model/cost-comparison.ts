import { type CostRatio, costRatio } from '../../statistics/cost/cost-ratio';
import { type CostToTarget, costToTarget } from '../../statistics/cost/cost-to-target';
import type { CostPolicy } from '../../core/cost/lineage';
import type { LeaderboardRow, LeaderboardModel } from './leaderboard';
import { TrialCurves } from './trial-curves';
import { namesOnAxis } from './axis-names';
import type { TargetMetric } from '../../core/cost/metrics';

export const comparedAxes = ['init', 'augmentation', 'strategy'] as const;
export type ComparedAxis = (typeof comparedAxes)[number];

export interface CostQuestion {
  /** AP in (0, 1]. */
  readonly target: number;
  readonly metric: TargetMetric;
  readonly policy: CostPolicy;
  /** Rows that differ on this axis alone are compared; its first value is what the others are measured against. */
  readonly compare: ComparedAxis;
}

export interface RowCostToTarget {
  readonly row: LeaderboardRow;
  readonly cost: CostToTarget;
}

/** How many times the cost of `second` the row with the axis' first value needs: a speed-up where it is above 1. */
export interface RowRatio {
  readonly first: LeaderboardRow;
  readonly second: LeaderboardRow;
  readonly ratio: CostRatio;
}

export interface CostComparison {
  readonly rows: readonly RowCostToTarget[];
  readonly ratios: readonly RowRatio[];
}

/** What reaching a target AP costs each row, and how the rows of one axis compare. Pure. */
export function costComparison(
  model: LeaderboardModel,
  question: CostQuestion,
  curves = new TrialCurves(model.benchmark),
): CostComparison {
  const { target, metric, policy, compare } = question;
  const rows = model.rows.map((row) => ({ row, curves: curves.curvesOf(row, metric, policy) }));
  const names = namesOnAxis(model.benchmark.resolved, model.benchmark.trials, compare);
  const others = ({ axes }: LeaderboardRow) => JSON.stringify({ ...axes, [compare]: '' });
  return {
    rows: rows.map((entry) => ({ row: entry.row, cost: costToTarget(entry.curves, target) })),
    ratios: rows.flatMap((first) =>
      first.row.axes[compare] === names[0]
        ? rows
            .filter(({ row }) => row !== first.row && others(row) === others(first.row))
            .map((second) => ({
              first: first.row,
              second: second.row,
              ratio: costRatio(first.curves, second.curves, target),
            }))
        : [],
    ),
  };
}
