import type { Stats } from '../evaluation/summarise';
import type { ResampledStats } from '../evaluation/resample';
import { type Interval, intervalOf } from './intervals';
import { deviations } from './joint-replicates';
import { readResamples, type ResampledScore, resampledScores } from './stored-resamples';

/** Null where the score is, or where it was not resampled. */
export type ScoreIntervals = Readonly<Record<ResampledScore, Interval | null>>;

/** Intervals of one detector's scores as far as the images go: how another seed would come out is no part of them. */
export function scoreIntervals(
  stats: Pick<Stats, ResampledScore>,
  resampled: (name: ResampledScore) => Float64Array,
): ScoreIntervals {
  const entries = resampledScores.map((name) => {
    const score = stats[name];
    if (score === null) return [name, null];
    const replicates = deviations({ resamples: resampled(name) }).map((value) => score + value);
    return [name, intervalOf(score, replicates)];
  });
  return Object.fromEntries(entries) as ScoreIntervals;
}

/** @param metrics of a trial; undefined where it was scored without resamples */
export function intervalsOfTrial(
  metrics: { stats: Stats; detail: unknown } | undefined,
): ScoreIntervals | undefined {
  const resamples = readResamples(metrics?.detail);
  return metrics === undefined || resamples === undefined
    ? undefined
    : scoreIntervals(metrics.stats, (name) => resamples.scores(name));
}

export function intervalsOfResamples(stats: Stats, resampled: ResampledStats): ScoreIntervals {
  return scoreIntervals(stats, (name) => resampled[name]);
}
