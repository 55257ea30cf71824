import { type CostCurve, type CurvePoint } from '../../core/cost/curves';
/** Where a run came to stay at the target, or how far it got without. */
export type Crossing =
  | {
      readonly reached: true;
      /** By linear interpolation between the two points around it. */
      readonly cost: number;
      /** Costs of these two points: all that is known without interpolation. */
      readonly between: readonly [number, number];
    }
  | {
      readonly reached: false;
      /** What the run had cost at its end: the cost to the target is more (right-censored). */
      readonly beyond: number;
    };

/**
 * The **sustained** crossing: the first point from which this and all later points are at or above the target. A run
 * that was above for once and ended below has not reached it; the first lucky crossing counts for nothing.
 *
 * Between the last point below and the first one of those that stay, AP is taken to rise linearly with cost. A run
 * whose first point is above already has no point below: its cost is that of this first point, and at most that.
 *
 * @throws TypeError for a curve without points, or one whose cost falls
 */
export function sustainedCrossing(
  points: readonly CurvePoint[],
  target: number,
  scoreOf: (point: CurvePoint) => number = (point) => point.AP,
): Crossing {
  const last = points.at(-1);
  if (last === undefined) throw new TypeError('A curve requires points.');
  points.forEach(({ cost }, index) => {
    if (!(cost >= (points[index - 1]?.cost ?? 0))) throw new TypeError('The cost of a curve must not fall.');
  });
  const below = points.findLastIndex((point) => scoreOf(point) < target);
  if (below === points.length - 1) return { reached: false, beyond: last.cost };
  const after = points[below + 1]!;
  if (below === -1) return { reached: true, cost: after.cost, between: [0, after.cost] };
  const before = points[below]!;
  const [low, high] = [scoreOf(before), scoreOf(after)];
  const cost = before.cost + ((target - low) / (high - low)) * (after.cost - before.cost);
  return { reached: true, cost, between: [before.cost, after.cost] };
}

/** Kaplan–Meier estimate of the share of runs that have not reached the target by a cost. */
export interface Survival {
  /** By rising cost; the share holds from that cost on. Before the first it is 1. */
  readonly steps: readonly { readonly cost: number; readonly share: number }[];
  /** Area under the curve up to `horizon`: the restricted mean cost (Irwin 1949; Royston and Parmar 2013). */
  readonly restrictedMean: number;
  /** The largest cost observed. */
  readonly horizon: number;
  /** Least cost by which half of the runs have reached the target; `null` where fewer ever did. */
  readonly median: number | null;
}

/**
 * Kaplan and Meier 1958. Runs censored at a cost still count as at risk at that cost.
 *
 * @param crossings at least one
 */
export function survivalOf(crossings: readonly Crossing[]): Survival {
  const times = crossings
    .map((crossing) => ({
      cost: crossing.reached ? crossing.cost : crossing.beyond,
      reached: crossing.reached,
    }))
    .sort((a, b) => a.cost - b.cost);
  const horizon = times.at(-1)?.cost ?? 0;
  const steps: { cost: number; share: number }[] = [];
  let share = 1;
  let restrictedMean = 0;
  let before = 0;
  for (const cost of new Set(times.filter(({ reached }) => reached).map((time) => time.cost))) {
    const atRisk = times.filter((time) => time.cost >= cost).length;
    const events = times.filter((time) => time.reached && time.cost === cost).length;
    restrictedMean += share * (cost - before);
    share *= 1 - events / atRisk;
    before = cost;
    steps.push({ cost, share });
  }
  restrictedMean += share * (horizon - before);
  // Shares are products of fractions: a half may come out a little above.
  const median = steps.find((step) => step.share <= 0.5 + 1e-12)?.cost ?? null;
  return { steps, restrictedMean, horizon, median };
}

export interface CostToTarget {
  /** AP in [0, 1]. */
  readonly target: number;
  readonly runs: readonly { readonly seed: number; readonly crossing: Crossing }[];
  /** How many of the runs reached it. */
  readonly reached: number;
  /**
   * Mean over the runs. `exact`: all of them reached the target. `atLeast`: some did not, and `mean` is the restricted
   * mean, which lies below the mean. `unknown`: there are no runs.
   */
  readonly relation: 'exact' | 'atLeast' | 'unknown';
  readonly mean: number | null;
  readonly survival: Survival | null;
}

/** The cost at which runs come to stay at or above a target AP. Pure. */
export function costToTarget(curves: readonly CostCurve[], target: number): CostToTarget {
  const runs = curves.map(({ seed, points }) => ({ seed, crossing: sustainedCrossing(points, target) }));
  const reached = runs.filter(({ crossing }) => crossing.reached).length;
  if (runs.length === 0) return { target, runs, reached, relation: 'unknown', mean: null, survival: null };
  const survival = survivalOf(runs.map(({ crossing }) => crossing));
  return {
    target,
    runs,
    reached,
    relation: reached === runs.length ? 'exact' : 'atLeast',
    mean: survival.restrictedMean,
    survival,
  };
}
