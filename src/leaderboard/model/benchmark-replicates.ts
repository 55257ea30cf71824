import { group } from 'd3-array';
import { type ResampledScore } from '../../evaluation';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';
import {
  jointReplicates,
  type ScoredRow,
  type StratifiedSamples,
} from '../../statistics/bootstrap/joint-replicates';
import type { JointReplicates } from '../../statistics/bootstrap/replicates';
import { readResamples, type Resamples } from '../../statistics/bootstrap/stored-resamples';
import { cellId } from '../../core/plan/axes';

export interface BenchmarkReplicates {
  readonly joint: JointReplicates;
  /** The scored runs of each row. */
  readonly rows: readonly ScoredRow[];
  /** The done trials that they include. */
  readonly trials: readonly TrialRecord[];
  /** Done trials that they exclude, with the reason. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}

const noResamples = 'scored by an earlier version, without resamples of the images: run the benchmark again';
const otherImages = 'scored on other images than most of the trials';

/** A done trial with a score and that score on the resampled images. */
export interface ScoredTrial {
  readonly trial: TrialRecord;
  readonly score: number;
  readonly resamples: Resamples;
}

/**
 * The done trials that can be compared within resamples: those scored on the images that most were scored on.
 *
 * @param name which of the six APs
 */
export function scoredTrials(
  trials: readonly TrialRecord[],
  name: ResampledScore = 'AP',
): { readonly scored: readonly ScoredTrial[]; readonly leftOut: BenchmarkReplicates['leftOut'] } {
  const leftOut: { id: string; reason: string }[] = [];
  const known: ScoredTrial[] = [];
  for (const trial of trials) {
    const score = trial.status === 'done' ? trial.metrics?.stats[name] : undefined;
    if (score === undefined || score === null) continue;
    const resamples = readResamples(trial.metrics?.resamples);
    if (resamples === undefined) leftOut.push({ id: trial.id, reason: noResamples });
    else known.push({ trial, score, resamples });
  }
  const most = commonest(known.map(({ resamples }) => drawsOf(resamples)));
  const [scored, others] = partition(known, ({ resamples }) => drawsOf(resamples) === most);
  leftOut.push(...others.map(({ trial: { id } }) => ({ id, reason: otherImages })));
  return { scored, leftOut };
}

/**
 * Joint replicates of a benchmark's rows from the trials that are done. Pure.
 *
 * @param score which of the six APs
 * @param draws of another of the six, which are the same
 */
export function replicatesOfBenchmark(
  { trials, stages = [] }: Pick<BenchmarkResults, 'trials'> & Partial<Pick<BenchmarkResults, 'stages'>>,
  score: ResampledScore = 'AP',
  draws?: StratifiedSamples,
): BenchmarkReplicates {
  const [oracles, attainable] = partition(trials, oracleOf(stages));
  const { scored, leftOut } = scoredTrials(attainable, score);
  const rows = [...group(scored, ({ trial }) => cellId(trial.axes))].map(([id, own]): ScoredRow => ({
    id,
    runs: own.map(({ trial, score: value, resamples }) => ({
      seed: trial.axes.seed,
      score: value,
      resamples: resamples.scores(score),
    })),
  }));
  return {
    joint: jointReplicates(rows, draws),
    rows,
    trials: scored.map(({ trial }) => trial),
    leftOut: [
      ...oracles.map(({ id }) => ({ id, reason: 'not attainable: trained on hidden labels' })),
      ...leftOut,
    ],
  };
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [yes: T[], no: T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}

const drawsOf = ({ images, count }: Resamples): string => `${images} ${count}`;

function commonest(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** Tells whether a trial was trained on hidden labels: an upper bound, which has no rank. */
export function oracleOf(
  stages: BenchmarkResults['stages'],
): (trial: Pick<TrialRecord, 'stageKeys'>) => boolean {
  const keys = new Set(stages.flatMap(({ key, kind }) => (kind === 'oracle-label' ? key : [])));
  return ({ stageKeys }) => keys.size > 0 && stageKeys.some((key) => keys.has(key));
}
