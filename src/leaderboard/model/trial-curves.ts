import type { CostFactors } from '../../core/cost/cost';
import {
  type CurveStage,
  costCurve,
  type ScoredPoint,
  trialCurve,
  type TrialCurvePoint,
  type CostCurve,
} from '../../core/cost/curves';
import type { CostPolicy } from '../../core/cost/lineage';
import type { BenchmarkResults, StageRecord, TrialCheckpoint } from '../../results/database/records';
import type { LeaderboardRow, LeaderboardTrial } from './leaderboard';
import type { CostMetric } from '../../core/cost/metrics';

/** AP along the trainings of trials that are done, from what is recorded. */
export class TrialCurves {
  private readonly records: ReadonlyMap<string, StageRecord>;
  private readonly stages: ReadonlyMap<string, CurveStage>;

  /** @param replicatesOf AP of a point on resampled images, the same draws for all points */
  constructor(
    { stages }: Pick<BenchmarkResults, 'stages'>,
    private readonly replicatesOf: (point: TrialCheckpoint) => ArrayLike<number> | undefined = () =>
      undefined,
    private readonly factors?: CostFactors,
  ) {
    this.records = new Map(stages.map((stage) => [stage.key, stage]));
    this.stages = new Map(
      stages.map((stage) => [stage.key, { ...stage, parents: Object.values(stage.inputs) }]),
    );
  }

  /** By rising cost; empty where the benchmark scores at the end only, or a point has no score yet. */
  pointsOf({ record, cost }: LeaderboardTrial): TrialCurvePoint[] {
    const { checkpoints: points = [], status } = record;
    if (status !== 'done' || cost === undefined) return [];
    const scored = points.map((point) => this.scored(point));
    if (!scored.every((point) => point !== undefined)) return [];
    return trialCurve(scored, this.stages, cost, this.factors);
  }

  /** Curves of a row's seeds that are done, on one metric; those that are not known on it are left out. */
  curvesOf(row: LeaderboardRow, metric: CostMetric, policy: CostPolicy): CostCurve[] {
    return row.done.flatMap((trial) => {
      const points = this.pointsOf(trial);
      return costCurve(trial.record.axes.seed, points, metric, policy) ?? [];
    });
  }

  private scored(point: TrialCheckpoint): ScoredPoint | undefined {
    const { training, step, steps, detectKey, stats } = point;
    const AP = stats?.AP;
    if (typeof AP !== 'number') return undefined;
    const summary = this.records.get(detectKey)?.summary;
    const seconds = (name: string) => {
      const value = summary?.[name];
      return typeof value === 'number' ? value : undefined;
    };
    return {
      training,
      step,
      steps,
      AP,
      deviceSeconds: seconds('trainingDeviceSeconds'),
      wallSeconds: seconds('trainingWallSeconds'),
      replicates: this.replicatesOf(point),
    };
  }
}
