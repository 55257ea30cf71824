import type { CostPolicy } from '../../core/cost/lineage';
import { type ResampledScore } from '../../evaluation';
import type { Cost } from '../../core/cost/cost';
import type { BenchmarkResults } from '../../results/database/records';
import { type BenchmarkReplicates, replicatesOfBenchmark } from './benchmark-replicates';
import { comparePairs, type Comparisons } from '../../statistics/bootstrap/comparisons';
import { type Interval, intervalOf } from '../../statistics/bootstrap/intervals';
import { type NextSeeds, nextSeeds } from '../../statistics/bootstrap/next-seeds';
import { type NoiseShares, noiseShares } from '../../statistics/bootstrap/noise-shares';
import { frontProbabilities } from '../../statistics/bootstrap/pareto-front';
import { type RankInterval, rankIntervals } from '../../statistics/bootstrap/ranks';
import { StratifiedSamples } from '../../statistics/bootstrap/joint-replicates';
import {
  type JointReplicates,
  replicatesOf,
  RESAMPLES,
  type AppliedSeedNoise,
} from '../../statistics/bootstrap/replicates';
import type { OrderingMetric } from '../../core/cost/metrics';
import { resampledScores } from '../../evaluation/summarise';

export interface RowUncertainty {
  /** Null where the score is. */
  readonly intervals: Readonly<Record<ResampledScore, Interval | null>>;
  readonly seedNoise: AppliedSeedNoise;
  readonly rank: RankInterval;
  /** Probability of being on the Pareto front, by policy and metric (`full-flops`). */
  readonly onFront: Readonly<Record<string, number>>;
}

export interface LeaderboardUncertainty {
  /** By `cellId`. */
  readonly rows: ReadonlyMap<string, RowUncertainty>;
  readonly replicates: BenchmarkReplicates;
  readonly comparisons: Comparisons;
  readonly noise?: NoiseShares;
  /** Absent where no row has two seeds. */
  readonly next?: NextSeeds;
}

export type RowCost = Readonly<Record<CostPolicy, Cost>>;

/**
 * Intervals, ranks and front probabilities of a benchmark's rows. Pure.
 *
 * @param costOf cost of one trial of a row; null where it is not known
 * @param fronts policy and metric of each front
 */
export function uncertaintyOf(
  benchmark: Pick<BenchmarkResults, 'trials' | 'stages'>,
  costOf: (row: string) => RowCost | null,
  fronts: readonly { name: string; policy: CostPolicy; metric: OrderingMetric }[],
): LeaderboardUncertainty {
  const draws = new StratifiedSamples(RESAMPLES);
  const replicates = replicatesOfBenchmark(benchmark, 'AP', draws);
  const { joint, rows, trials } = replicates;
  const comparisons = comparePairs(joint);
  const ranks = rankIntervals(joint, comparisons);
  const intervals = new Map(
    resampledScores.map((score) => [
      score,
      intervalsOf(score === 'AP' ? joint : replicatesOfBenchmark(benchmark, score, draws).joint),
    ]),
  );
  const costs = joint.rows.map(costOf);
  const probabilities = fronts.flatMap(({ name, policy, metric }) => {
    const known = costs.flatMap((cost) => cost?.[policy][metric] ?? []);
    return known.length < costs.length ? [] : [{ name, values: frontProbabilities(joint, known) }];
  });
  const top = joint.rows.flatMap((_, r) => (ranks[r]!.group === 1 ? [r] : []));
  return {
    rows: new Map(
      joint.rows.map((id, r) => [
        id,
        {
          intervals: Object.fromEntries(
            resampledScores.map((score) => [score, intervals.get(score)!.get(id) ?? null]),
          ) as RowUncertainty['intervals'],
          seedNoise: joint.seedNoise[r]!,
          rank: ranks[r]!,
          onFront: Object.fromEntries(probabilities.map(({ name, values }) => [name, values[r]!])),
        },
      ]),
    ),
    replicates,
    comparisons,
    noise: noiseShares(rows, trials[0]?.metrics?.counts?.images ?? Infinity),
    next: nextSeeds(rows, {
      top,
      deviceSeconds: (r) => costs[r]?.full.deviceSeconds,
      widening: comparisons.widening,
    }),
  };
}

function intervalsOf(joint: JointReplicates): Map<string, Interval> {
  return new Map(joint.rows.map((id, r) => [id, intervalOf(joint.estimates[r]!, replicatesOf(joint, r))]));
}
