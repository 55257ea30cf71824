import type { MatchRecords } from '../../evaluation/match';
import type { ImageIntervals } from '../../evaluation/metrics-file';
import { resample, type ResampledStats } from '../../evaluation/resample';
import { RecallSums } from '../../evaluation/resample-recall';
import {
  categoryDefinitions,
  type CategoryStats,
  type ScoreDefinition,
  scoreOf,
  type Stats,
} from '../../evaluation/summarise';
import { resampleWeights } from './image-resamples';
import { type Interval, intervalOf } from './intervals';
import { residuals } from './joint-replicates';
import { RESAMPLES } from './replicates';

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
  const { categoryIds, parameters } = records;
  const recalls = new RecallSums(records);
  const weightsOf = resampleWeights(records.imageIds);
  const named = (scores: readonly ScoreDefinition[]): ResampledScores =>
    Object.fromEntries(scores.map(({ name }) => [name, new Float64Array(count)]));
  const resampledRecalls = named(recalls.definitions);
  const scores = categoryDefinitions(parameters);
  const precisions = scores.filter(({ of }) => of === 'precision');
  const recall = scores.find(({ of }) => of === 'recall')!.name;
  const categories = categoryIds.map(() => named(scores));
  const resampled = resample(
    records,
    (b) => {
      const weights = weightsOf(b);
      const values = recalls.recall(weights);
      recalls.definitions.forEach(({ name }, index) => (resampledRecalls[name]![b] = values[index]!));
      categories.forEach((own, k) => (own[recall]![b] = recalls.byCategory[k]!));
      return weights;
    },
    count,
    undefined,
    (b, accumulated) =>
      categories.forEach((own, k) => {
        for (const score of precisions) own[score.name]![b] = scoreOf(accumulated, score, k) ?? NaN;
      }),
  );
  const byCategory = categoryIds.map((id, k) => [String(id), intervalsOf(perCategory[id]!, categories[k]!)]);
  return {
    intervals: {
      scores: intervalsOf(stats, { ...resampled, ...resampledRecalls }),
      perCategory: Object.fromEntries(byCategory) as ImageIntervals['perCategory'],
    },
    resampled,
  };
}

type ResampledScores = Record<string, Float64Array>;

function intervalsOf(
  scores: Readonly<Record<string, number | null>>,
  resamples: Readonly<ResampledScores>,
): Record<string, Interval | null> {
  return Object.fromEntries(
    Object.entries(resamples).map(([name, values]) => {
      const score = scores[name] ?? null;
      if (score === null) return [name, null];
      const replicates = residuals({ resamples: values }).map((value) => score + value);
      return [name, intervalOf(score, replicates)];
    }),
  );
}
