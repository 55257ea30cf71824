import type { TrialCheckpoint, TrialRecord } from '../../results/database/records';
import { type Interval, percentileInterval } from '../../statistics/bootstrap/intervals';
import { residuals } from '../../statistics/bootstrap/joint-replicates';
import { readResamples } from '../../statistics/bootstrap/stored-resamples';

/** What AP did between the last two points of a training. */
export interface Improvement {
  /** Key of the training stage. */
  readonly training: string;
  readonly fromStep: number;
  readonly toStep: number;
  /** AP at the end minus AP at the point before, each in [0, 1]. */
  readonly estimate: number;
  /** Paired over the validation images; absent where they were not resampled, or other images were. */
  readonly interval?: Interval;
  /**
   * `rising`, `falling`: by more than the noise of the images; `flat`: within it, which with few images may hide a rise as
   * large as the interval's end.
   */
  readonly verdict: 'rising' | 'flat' | 'falling' | 'unknown';
}

/**
 * Whether each of a trial's trainings still got better when it ended. The rule: AP between its last two points, on the
 * same resamples of the validation images at both, is above 0 with its whole 95 % interval.
 *
 * With a learning rate that decays to 0 the last part of any schedule gains by the decay as well: `rising` means that this
 * schedule stopped short of a plateau, not how much a longer one would bring.
 */
export function improvementsOf({ checkpoints = [] }: Pick<TrialRecord, 'checkpoints'>): Improvement[] {
  const trainings = [...new Set(checkpoints.map(({ training }) => training))];
  return trainings.flatMap((training): Improvement[] => {
    const own = checkpoints
      .filter((point) => point.training === training && typeof point.stats?.AP === 'number')
      .sort((a, b) => a.step - b.step);
    const [before, end] = own.slice(-2);
    if (before === undefined || end === undefined || end.step !== end.steps) return [];
    const estimate = end.stats!.AP! - before.stats!.AP!;
    const interval = pairedInterval(before, end, estimate);
    return [
      {
        training,
        fromStep: before.step,
        toStep: end.step,
        estimate,
        ...(interval && { interval }),
        verdict: verdictOf(interval),
      },
    ];
  });
}

/** Of the training that left the detector which is scored. */
export function lastImprovement(
  trial: Pick<TrialRecord, 'checkpoints' | 'evaluateKey'>,
): Improvement | undefined {
  const end = trial.checkpoints?.find(({ evaluateKey }) => evaluateKey === trial.evaluateKey);
  return end && improvementsOf(trial).find(({ training }) => training === end.training);
}

function verdictOf(interval: Interval | undefined): Improvement['verdict'] {
  if (interval === undefined) return 'unknown';
  if (interval.low > 0) return 'rising';
  return interval.high < 0 ? 'falling' : 'flat';
}

function pairedInterval(
  before: TrialCheckpoint,
  end: TrialCheckpoint,
  estimate: number,
): Interval | undefined {
  const [a, b] = [before, end].map(({ resamples }) => readResamples(resamples));
  if (a === undefined || b === undefined || a.images !== b.images || a.count !== b.count) return undefined;
  const [first, last] = [a.scores('AP'), b.scores('AP')];
  const difference = last.map((value, index) => value - first[index]!);
  const away = residuals({ resamples: difference });
  return percentileInterval(away.map((value) => estimate + value));
}
