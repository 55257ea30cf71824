import type { MatchRecords } from '../../evaluation/match';
import type { ImageIntervals } from '../../evaluation/metrics-file';
import { resample } from '../../evaluation/resample';
import { RecallSums } from '../../evaluation/resample-recall';
import { type CategoryStats, type Stats, summariseCategory } from '../../evaluation/summarise';
import { resampleWeights } from './image-resamples';
import { type Interval, intervalOf } from './intervals';
import { residuals } from './joint-replicates';
import { RESAMPLES } from './replicates';
import type { ResampledStats } from '../../evaluation/resample';

interface Scored {
  readonly stats: Stats;
  readonly perCategory: Readonly<Record<string, CategoryStats>>;
  readonly records: MatchRecords;
}

/**
 * Resamples the images (weighted, without matching again) and reads off every published number.
 *
 * @returns the intervals, and the resampled APs from which differences and ranks follow
 */
export function imageIntervals(
  { stats, perCategory, records }: Scored,
  count: number = RESAMPLES,
): { intervals: ImageIntervals; resampled: ResampledStats } {
  const { categoryIds } = records;
  const recalls = new RecallSums(records);
  const weightsOf = resampleWeights(records.imageIds);
  const empty = () => new Float64Array(count);
  const recallNames = ['AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'] as const;
  const resampledRecalls = {
    AR1: empty(),
    AR10: empty(),
    AR100: empty(),
    ARs: empty(),
    ARm: empty(),
    ARl: empty(),
  };
  const categories = categoryIds.map(() => ({ AP: empty(), AP50: empty(), AR100: empty() }));
  const noRecall = new Float64Array();
  const resampled = resample(
    records,
    (b) => {
      const weights = weightsOf(b);
      const { byCategory, ...recall } = recalls.recall(weights);
      for (const name of recallNames) resampledRecalls[name][b] = recall[name];
      categories.forEach((own, k) => (own.AR100[b] = byCategory[k]!));
      return weights;
    },
    count,
    undefined,
    undefined,
    (b, averagePrecision) => {
      categories.forEach((own, k) => {
        const summary = summariseCategory({ averagePrecision, recall: noRecall }, k);
        own.AP[b] = summary.AP ?? NaN;
        own.AP50[b] = summary.AP50 ?? NaN;
      });
    },
  );
  const byCategory = categoryIds.map((id, k) => [
    String(id),
    intervalsOf(perCategory[id] ?? { AP: null, AP50: null, AR100: null }, categories[k]!),
  ]);
  return {
    intervals: {
      scores: intervalsOf(stats, { ...resampled, ...resampledRecalls }),
      perCategory: Object.fromEntries(byCategory) as ImageIntervals['perCategory'],
    },
    resampled,
  };
}

function intervalsOf<Name extends string>(
  scores: Readonly<Record<Name, number | null>>,
  resamples: Readonly<Record<Name, Float64Array>>,
): Readonly<Record<Name, Interval | null>> {
  const entries = (Object.keys(resamples) as Name[]).map((name) => {
    const score = scores[name];
    if (score === null) return [name, null];
    const replicates = residuals({ resamples: resamples[name] }).map((value) => score + value);
    return [name, intervalOf(score, replicates)];
  });
  return Object.fromEntries(entries) as Record<Name, Interval | null>;
}
