import { type ResampledScore } from '../../evaluation';
import type { BenchmarkResults, TrialRecord } from '../../results/database/records';
import {
  jointReplicates,
  type ScoredRow,
  type ScoredRun,
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
  const leftOut: { id: string; reason: string }[] = [];
  const known: { trial: TrialRecord; score: number; resamples: Resamples }[] = [];
  const isOracle = oracleOf(stages);
  for (const trial of trials) {
    if (isOracle(trial)) {
      leftOut.push({ id: trial.id, reason: 'not attainable: trained on hidden labels' });
      continue;
    }
    const value = trial.status === 'done' ? trial.metrics?.stats[score] : undefined;
    if (value === undefined || value === null) continue;
    const resamples = readResamples(trial.metrics?.resamples);
    if (resamples === undefined) leftOut.push({ id: trial.id, reason: noResamples });
    else known.push({ trial, score: value, resamples });
  }
  const most = commonest(known.map(({ resamples }) => drawsOf(resamples)));
  const rows = new Map<string, ScoredRun[]>();
  const used: TrialRecord[] = [];
  for (const { trial, score: value, resamples } of known) {
    if (drawsOf(resamples) !== most) {
      leftOut.push({ id: trial.id, reason: otherImages });
      continue;
    }
    used.push(trial);
    const id = cellId(trial.axes);
    if (!rows.has(id)) rows.set(id, []);
    rows.get(id)!.push({ seed: trial.axes.seed, score: value, resamples: resamples.scores(score) });
  }
  const scored: ScoredRow[] = [...rows].map(([id, runs]) => ({ id, runs }));
  return { joint: jointReplicates(scored, draws), rows: scored, trials: used, leftOut };
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
