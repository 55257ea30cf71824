import { matrixOrder } from '../database/matrix-order';
import type { BenchmarkResults, StageRecord, TrialRecord } from '../database/records';
import type { Metrics } from '../../evaluation';
import { storedForm } from '../../statistics/bootstrap/stored-resamples';
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
    stages: results.stages.map(bundleStageRecord),
    runs: results.runs,
    environments: results.environments,
    plugins: results.plugins,
  };
}

export function bundleStageRecord({ images: _, resumedSeconds: __, ...stage }: BundleStage): StageRecord {
  return stage;
}

/** What an evaluate stage of a bundle left. */
export function metricsOf({ evaluations, resamples }: Bundle, key: string): Metrics {
  const found = resamples.get(key);
  return { ...evaluations[key]!.report, ...(found && { resamples: storedForm(found) }) };
}
