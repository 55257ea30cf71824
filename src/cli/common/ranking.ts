import { type LeaderboardRow, buildLeaderboard } from '../../leaderboard/model/leaderboard';
import type { BenchmarkResults } from '../../results/database/records';
import type { Comparison } from '../../statistics/bootstrap/comparisons';
import type { Interval } from '../../statistics/bootstrap/intervals';
import type { NextSeeds } from '../../statistics/bootstrap/next-seeds';
import type { NoiseShares } from '../../statistics/bootstrap/noise-shares';
import { CONFIDENCE, RESAMPLES, type AppliedSeedNoise } from '../../statistics/bootstrap/replicates';
import { cellId } from '../../core/plan/axes';

export interface RankedRow {
  readonly row: string;
  readonly axes: LeaderboardRow['axes'];
  readonly AP: number;
  readonly interval: Interval;
  readonly seeds: readonly { readonly seed: number; readonly AP: number | null }[];
  readonly seedNoise: AppliedSeedNoise;
  /** Holds for all rows together. */
  readonly rank: { readonly low: number; readonly high: number };
  /** Rows of a group do not differ significantly from its best one; from 1. */
  readonly group: number;
  /** Probability of being on the Pareto front, by cost policy and metric. */
  readonly onFront: Readonly<Record<string, number>>;
  /** AP below the best row, with the simultaneous interval and corrected p-value; absent for the best row. */
  readonly behind?: { readonly difference: number; readonly interval: Interval; readonly p: number };
}

/** What `rethink rank --json` prints. AP in [0, 1]. */
export interface Ranking {
  readonly benchmark: string;
  readonly confidence: number;
  readonly resamples: number;
  /** Best first. */
  readonly rows: readonly RankedRow[];
  readonly noise?: NoiseShares;
  /** Absent if no row has two seeds. */
  readonly next?: NextSeeds;
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}

/** Rows of a benchmark in order, with what is significant about it. Pure. */
export function rankingOf(benchmark: BenchmarkResults): Ranking {
  const { rows, uncertainty } = buildLeaderboard(benchmark);
  const { comparisons, noise, next, replicates } = uncertainty;
  const at = (row: LeaderboardRow): number => replicates.joint.rows.indexOf(cellId(row.axes));
  const scored = rows.filter((row) => row.uncertainty !== undefined && row.scores.AP !== null);
  scored.sort((a, b) => b.scores.AP!.mean - a.scores.AP!.mean);
  const best = scored[0];
  return {
    benchmark: benchmark.name,
    confidence: CONFIDENCE,
    resamples: replicates.joint.count === 0 ? RESAMPLES : replicates.joint.count,
    rows: scored.map((row): RankedRow => {
      const { intervals, seedNoise, rank, onFront } = row.uncertainty!;
      const { low, high, group } = rank;
      return {
        row: cellId(row.axes),
        axes: row.axes,
        AP: row.scores.AP!.mean,
        interval: intervals.AP!,
        seeds: row.done.map(({ record }) => ({
          seed: record.axes.seed,
          AP: record.metrics?.stats.AP ?? null,
        })),
        seedNoise,
        rank: { low, high },
        group,
        onFront,
        ...(row === best ? {} : { behind: behind(comparisons.pairs, at(best!), at(row)) }),
      };
    }),
    noise,
    next,
    leftOut: replicates.leftOut,
  };
}

function behind(pairs: readonly Comparison[], best: number, row: number): RankedRow['behind'] {
  const same = pairs.find(({ first, second }) => first === best && second === row);
  if (same !== undefined) {
    return { difference: same.difference, interval: same.simultaneous, p: same.adjustedP };
  }
  const reverse = pairs.find(({ first, second }) => first === row && second === best);
  return reverse === undefined
    ? undefined
    : {
        difference: -reverse.difference,
        interval: { low: -reverse.simultaneous.high, high: -reverse.simultaneous.low },
        p: reverse.adjustedP,
      };
}
