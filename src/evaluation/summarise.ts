import { type Accumulated } from './accumulate';
import { type EvaluationParameters } from './parameters';

/** Scores of COCO that need no recall; their resamples are stored. */
export const resampledScores = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl'] as const;
export type ResampledScore = (typeof resampledScores)[number];
export const statNames = [...resampledScores, 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'] as const;
export const categoryStatNames = ['AP', 'AP50', 'AR100'] as const;

/**
 * The twelve numbers of COCO, each in [0, 1], or null where no truth falls into the slice. With other parameters the names
 * are those of `scoreDefinitions`.
 */
export type Stats = Record<(typeof statNames)[number], number | null>;
export type CategoryStats = Record<(typeof categoryStatNames)[number], number | null>;

/** A mean over IoU thresholds, and over those categories that have truth. */
export interface ScoreDefinition {
  readonly name: string;
  readonly of: 'precision' | 'recall';
  /** Index of the area range. */
  readonly area: number;
  /** Index of the limit of detections. */
  readonly limit: number;
  /** Index of the only threshold; undefined in a mean over all. */
  readonly threshold?: number;
}

const SUFFIXES: Readonly<Record<string, string>> = { small: 's', medium: 'm', large: 'l' };

/** The scores of an evaluation; with COCO's parameters the twelve of `statNames`, in this order. */
export function scoreDefinitions(parameters: EvaluationParameters): ScoreDefinition[] {
  const { iouThresholds, areaRanges, maxDetections } = parameters;
  const last = maxDetections.length - 1;
  const indexOf = (iou: number) => iouThresholds.findIndex((each) => Math.abs(each - iou) < 1e-9);
  const suffixes = areaRanges.slice(1).map(({ name }) => SUFFIXES[name] ?? `_${name}`);
  const score = (of: 'precision' | 'recall', name: string, area: number, limit = last): ScoreDefinition => ({
    name: `${of === 'precision' ? 'AP' : 'AR'}${name}`,
    of,
    area,
    limit,
  });
  return [
    score('precision', '', 0),
    ...[50, 75]
      .filter((percent) => indexOf(percent / 100) >= 0)
      .map((percent) => ({
        ...score('precision', String(percent), 0),
        threshold: indexOf(percent / 100),
      })),
    ...suffixes.map((suffix, index) => score('precision', suffix, index + 1)),
    ...maxDetections.map((most, limit) => score('recall', String(most), 0, limit)),
    ...suffixes.map((suffix, index) => score('recall', suffix, index + 1)),
  ];
}

/** Those of the scores that need no recall. */
export function precisionDefinitions(parameters: EvaluationParameters): ScoreDefinition[] {
  return scoreDefinitions(parameters).filter(({ of }) => of === 'precision');
}

/** Those of the scores that are given for each category too. */
export function categoryDefinitions(parameters: EvaluationParameters): ScoreDefinition[] {
  const last = parameters.maxDetections.length - 1;
  return scoreDefinitions(parameters).filter(
    ({ name, area, limit }) => area === 0 && limit === last && name !== 'AP75',
  );
}

export function summarise(accumulated: Accumulated): Stats {
  const scores = scoreDefinitions(accumulated.parameters);
  return Object.fromEntries(scores.map((score) => [score.name, scoreOf(accumulated, score)])) as Stats;
}

/** Numbers of the category with index k. */
export function summariseCategory(accumulated: Accumulated, k: number): CategoryStats {
  const scores = categoryDefinitions(accumulated.parameters);
  const entries = scores.map((score) => [score.name, scoreOf(accumulated, score, k)]);
  return Object.fromEntries(entries) as CategoryStats;
}

/**
 * Mean of what was accumulated, at one threshold or at all; NaN is left out, nothing left is null.
 *
 * @param k index of a category; default all
 */
export function scoreOf(
  { parameters, categories, ...values }: Accumulated,
  { of, area, limit, threshold }: ScoreDefinition,
  k?: number,
): number | null {
  const thresholds = parameters.iouThresholds.length;
  const [table, row] =
    of === 'precision'
      ? [values.averagePrecision, area]
      : area === 0
        ? [values.recallAtMost, limit]
        : [values.recall, area];
  const first = row * categories + (k ?? 0);
  let sum = 0;
  let count = 0;
  for (let at = first; at < (k === undefined ? first + categories : first + 1); at++) {
    for (let t = threshold ?? 0; t <= (threshold ?? thresholds - 1); t++) {
      const value = table[at * thresholds + t]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
  }
  return count === 0 ? null : sum / count;
}
