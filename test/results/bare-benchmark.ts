import type { BenchmarkResults, StageRecord, TrialRecord } from '../../src/results/database/records';

/** Results that are nothing but trials and stages. */
export function bareBenchmark(
  trials: readonly TrialRecord[],
  stages: readonly StageRecord[],
): BenchmarkResults {
  return {
    name: 'b',
    title: '',
    description: '',
    file: '',
    resolved: {},
    updatedAt: '',
    datasets: {},
    runs: [],
    environments: {},
    plugins: [],
    trials,
    stages,
  };
}
