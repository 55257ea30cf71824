import { cellId } from '../../core/plan/axes';
import { costings, type Costing, type LeaderboardModel, type LeaderboardRow } from './leaderboard';
import { ranksOf } from './replicates';
import { frontProbabilities, paretoFront } from '../../statistics/bootstrap/pareto-front';
import { type RankInterval, rankIntervals } from '../../statistics/bootstrap/ranks';
import { type JointReplicates, replicatesOf } from '../../statistics/bootstrap/replicates';

/** A row among those with the same labelled fraction. */
export interface FractionRow extends LeaderboardRow {
  /** Simultaneous for all rows of the fraction; absent where a seed was scored without resamples. */
  readonly rankInterval?: RankInterval;
  /** Probability of being on the Pareto front at the mean costs, where it is known. */
  readonly onFront: Readonly<Partial<Record<Costing, number>>>;
}

/** The rows of one labelled fraction, ranked ones first. Ranks and fronts are those among these rows. */
export interface FractionRanking {
  readonly fraction: number;
  readonly rows: readonly FractionRow[];
}

/** Ranks and fronts by labelled fraction, the largest fraction first: rows with more labels are no competitors. Pure. */
export function rankByFraction({ rows, uncertainty }: LeaderboardModel): FractionRanking[] {
  const fractions = [...new Set(rows.map(({ axes }) => axes.fraction))].sort((a, b) => b - a);
  return fractions.map((fraction) => ({
    fraction,
    rows: rankAmong(
      rows.filter(({ axes }) => axes.fraction === fraction),
      uncertainty.replicates.joint,
    ),
  }));
}

function rankAmong(rows: readonly LeaderboardRow[], joint: JointReplicates): FractionRow[] {
  const ranked = rows.filter(({ rank }) => rank !== undefined);
  const ranks = ranksOf(ranked.map(({ scores }) => scores.AP!.mean));
  const resampled = ranked.filter(({ uncertainty }) => uncertainty !== undefined);
  const own = selectRows(
    joint,
    resampled.map(({ axes }) => joint.rows.indexOf(cellId(axes))),
  );
  const intervals = new Map(rankIntervals(own).map((interval, index) => [resampled[index]!, interval]));
  const fronts = costings.flatMap(({ name, policy, metric }) => {
    const costs = ranked.map(({ cost }) => cost![policy][metric]);
    if (!costs.every((cost) => cost !== null)) return [];
    const points = ranked.map(({ scores }, index) => ({ score: scores.AP!.mean, cost: costs[index]! }));
    const isComplete = resampled.length === ranked.length;
    const shares = isComplete ? frontProbabilities(own, costs) : undefined;
    return [{ name, members: new Set(paretoFront(points)), shares }];
  });
  return rows.map((row) => {
    const index = ranked.indexOf(row);
    const known = index < 0 ? [] : fronts.filter(({ shares }) => shares !== undefined);
    return {
      ...row,
      rank: ranks[index],
      rankInterval: intervals.get(row),
      fronts: fronts.filter(({ members }) => members.has(index)).map(({ name }) => name),
      onFront: Object.fromEntries(known.map(({ name, shares }) => [name, shares![index]])),
    };
  });
}

function selectRows(joint: JointReplicates, indices: readonly number[]): JointReplicates {
  const { count, rows, seeds, seedNoise, estimates } = joint;
  const replicates = new Float64Array(indices.length * count);
  indices.forEach((index, at) => replicates.set(replicatesOf(joint, index), at * count));
  return {
    count,
    replicates,
    rows: indices.map((index) => rows[index]!),
    seeds: indices.map((index) => seeds[index]!),
    seedNoise: indices.map((index) => seedNoise[index]!),
    estimates: Float64Array.from(indices, (index) => estimates[index]!),
  };
}
