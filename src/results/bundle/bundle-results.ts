import { matrixOrder } from '../database/matrix-order';
import type { BenchmarkResults, MetricsRecord, StageRecord, TrialRecord } from '../database/records';
import type { CategoryStats, Stats } from '../../evaluation';
import {
  type ResampledScore,
  resampledScores,
  type StoredResamples,
} from '../../statistics/bootstrap/stored-resamples';
import type { Bundle } from './read-bundle';
import type { BundleStage } from './results-schema';

/** A bundle as the results database would hand it out: for what needs results and no workspace. */
export function resultsOfBundle(bundle: Bundle): BenchmarkResults {
  const { results } = bundle;
  const trials = results.trials.map((trial): TrialRecord => {
    const scored = trial.status === 'done' || trial.status === 'invalid';
    return {
      ...trial,
      ...(scored && { metrics: metricsOf(bundle, trial.evaluateKey!) }),
      ...(trial.checkpoints && {
        checkpoints: trial.checkpoints.map((point) => {
          const known = Object.hasOwn(bundle.evaluations, point.evaluateKey);
          return known ? { ...point, stats: metricsOf(bundle, point.evaluateKey).stats } : point;
        }),
      }),
    };
  });
  return {
    ...results.benchmark,
    datasets: Object.fromEntries(
      Object.entries(results.datasets).map(([digest, { type }]) => [digest, { digest, type, images: '' }]),
    ),
    trials: trials.sort(matrixOrder(results.benchmark.resolved)),
    stages: results.stages.map(stageRecord),
    runs: results.runs,
    environments: results.environments,
    plugins: results.plugins,
  };
}

export function stageRecord({ images: _, resumedSeconds: __, ...stage }: BundleStage): StageRecord {
  return stage;
}

/** What an evaluate stage of a bundle left, as it lay in its artifact. */
export function metricsOf({ evaluations, resamples }: Bundle, key: string): MetricsRecord {
  const { report } = evaluations[key]!;
  const found = resamples.get(key);
  const detail = found === undefined ? report : { ...report, resamples: stored(found) };
  return {
    stats: report.stats as unknown as Stats,
    perCategory: report.perCategory as unknown as Record<string, CategoryStats>,
    detail,
  };
}

function stored(found: NonNullable<ReturnType<Bundle['resamples']['get']>>): StoredResamples {
  const encode = (score: ResampledScore) => {
    const bytes = Buffer.alloc(4 * found.count);
    found.scores(score).forEach((value, index) => bytes.writeFloatLE(value, 4 * index));
    return bytes.toString('base64');
  };
  const entries = resampledScores.map((score) => [score, encode(score)]);
  return {
    images: found.images,
    count: found.count,
    scores: Object.fromEntries(entries) as StoredResamples['scores'],
  };
}
