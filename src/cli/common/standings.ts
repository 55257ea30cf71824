import { addCosts } from '../../core/cost/cost';
import { lineageCosts } from '../../core/cost/lineage';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';
import { replicatesOfBenchmark } from '../../leaderboard/model/benchmark-replicates';
import { comparePairs } from '../../statistics/bootstrap/comparisons';
import { intervalOf } from '../../statistics/bootstrap/intervals';
import { rankIntervals } from '../../statistics/bootstrap/ranks';
import { CONFIDENCE, replicatesOf } from '../../statistics/bootstrap/replicates';
import type { RankedRow, Ranking } from './ranking';
import { cellId } from '../../core/plan/axes';

export type Standing = Pick<
  RankedRow,
  'row' | 'axes' | 'AP' | 'interval' | 'seeds' | 'seedNoise' | 'rank' | 'group'
>;

export type Standings = Pick<Ranking, 'confidence'> & {
  /** Best first. */
  readonly rows: readonly Standing[];
};

/**
 * As `rankingOf`, without its slow parts: intervals of the other scores, costs and fronts. Pure.
 */
export function standingsOf(benchmark: BenchmarkResults): Standings {
  const { joint } = replicatesOfBenchmark(benchmark);
  const ranks = rankIntervals(joint, comparePairs(joint));
  const done = doneByRow(benchmark.trials);
  const standings = joint.rows.flatMap((row, r): Standing[] => {
    const trials = done.get(row)!;
    // An interval covers all seeds of the row's mean, or there is none.
    if (joint.seeds[r]!.length < trials.length) return [];
    const { seed: _, ...axes } = trials[0]!.axes;
    const { low, high, group } = ranks[r]!;
    const AP = joint.estimates[r]!;
    return [
      {
        row,
        axes,
        AP,
        interval: intervalOf(AP, replicatesOf(joint, r)),
        seeds: trials.map((trial) => ({ seed: trial.axes.seed, AP: trial.metrics?.stats.AP ?? null })),
        seedNoise: joint.seedNoise[r]!,
        rank: { low, high },
        group,
      },
    ];
  });
  const APs = new Set(standings.map(({ AP }) => AP));
  // Of equal rows the cheaper one comes first.
  const flops = APs.size < standings.length ? flopsByRow(benchmark, done) : new Map<string, number>();
  standings.sort((a, b) => b.AP - a.AP || (flops.get(a.row) ?? 0) - (flops.get(b.row) ?? 0));
  return { confidence: CONFIDENCE, rows: standings };
}

/** Trials with a result, by row, in the order of their seeds. */
function doneByRow(trials: readonly TrialRecord[]): Map<string, TrialRecord[]> {
  const rows = new Map<string, TrialRecord[]>();
  for (const trial of trials) {
    if (trial.status !== 'done' || trial.metrics === undefined) continue;
    const row = rows.get(cellId(trial.axes));
    if (row === undefined) rows.set(cellId(trial.axes), [trial]);
    else row.push(trial);
  }
  for (const row of rows.values()) row.sort((a, b) => a.axes.seed - b.axes.seed);
  return rows;
}

function flopsByRow(
  { stages, trials }: BenchmarkResults,
  done: ReadonlyMap<string, readonly TrialRecord[]>,
): Map<string, number> {
  const lineage = stages.map((stage) => ({ ...stage, parents: Object.values(stage.inputs) }));
  const costs = lineageCosts(
    lineage,
    trials.filter(({ status }) => status === 'done'),
  );
  const meanOf = (row: readonly TrialRecord[]) =>
    addCosts(row.map(({ id }) => ({ cost: costs.get(id)!.full, users: row.length }))).flops;
  return new Map([...done].map(([row, own]) => [row, meanOf(own)]));
}
