import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RethinkError } from '../contract/errors';
import { writeFileDurably } from '../core/files/atomic-file';
import { artifactFiles } from '../core/plan/stage-job';
import { ERROR_TYPES, TIE_RULES } from './parameters';
import { categoryStatNames, type ResampledScore, resampledScores, statNames } from './summarise';

const count = z.int().min(0);
const score = z.number().min(0).max(1).nullable();
const statsSchema = z.record(z.enum(statNames), score);
const categoryStatsSchema = z.record(z.enum(categoryStatNames), score);
const band = z.tuple([z.number(), z.number()]).readonly().nullable();
const byErrorType = <T extends z.ZodType>(value: T) => z.record(z.enum(ERROR_TYPES), value);
/** Gain of AP50 by fixing errors; negative where fixing costs a category all of its ground truth. */
const gain = z.number().min(-1).max(1).nullable();
const categoryId = z.number().nullable();
const interval = z.strictObject({ low: z.number(), high: z.number() }).nullable();

/** Errors at the first IoU threshold by type. */
const errorsSchema = z.strictObject({
  /** Mean over the categories that have truth; null without truth. */
  AP50: score,
  counts: byErrorType(count),
  /** How much AP50 would rise were all errors of one type fixed, the others left; null without truth. */
  deltaAP: byErrorType(gain),
  /** Were all false positives gone; were all missed truth found. */
  deltaFalsePositives: gain,
  deltaFalseNegatives: gain,
  /** By category id: of the detection, or of the truth for `missed`. */
  perCategory: z.record(z.string(), byErrorType(count)),
});
export type ErrorSummary = z.infer<typeof errorsSchema>;

const calibrationSchema = z.strictObject({
  bins: z.array(
    z.strictObject({
      /** Scores in [from, to); the last bin holds 1 as well. */
      from: z.number(),
      to: z.number(),
      detections: count,
      /** Null in an empty bin, as is the precision. */
      meanScore: score,
      precision: score,
    }),
  ),
  /** Detections that count: those on a crowd do not. */
  detections: count,
  /** Expected calibration error: |mean score − precision| of the bins, weighted by their detections; null without any. */
  expectedError: score,
  /** Largest |mean score − precision| of a bin. */
  maximumError: score,
  /** Mean of (score − outcome)², outcome 1 for a true positive (Brier 1950). */
  brier: score,
});
export type Calibration = z.infer<typeof calibrationSchema>;

const confusionSchema = z.strictObject({
  scoreThreshold: z.number(),
  iouThreshold: z.number(),
  /** Category ids; null is the background. Pairs that occur, most frequent first. */
  cells: z.array(z.strictObject({ truth: categoryId, detection: categoryId, count })),
});
export type Confusion = z.infer<typeof confusionSchema>;

/**
 * `metrics.json`, what an evaluate stage leaves. Scores are in [0, 1], and null where no ground truth falls into the
 * slice. An evaluation writes all of it; bundles leave out of it what no page shows.
 */
export const metricsSchema = z.strictObject({
  stats: statsSchema,
  /** By category id. */
  perCategory: z.record(z.string(), categoryStatsSchema).default({}),
  tieRule: z.enum(TIE_RULES).optional(),
  tieBand: z
    .strictObject({
      ...(Object.fromEntries(resampledScores.map((name) => [name, band])) as Record<
        ResampledScore,
        typeof band
      >),
      covers: z.enum(['all orders', 'orders among images']),
    })
    .optional(),
  counts: z
    .strictObject({ images: count, annotations: count, detections: count, categories: count })
    .optional(),
  /** By category id. */
  categoryNames: z.record(z.string(), z.string()).optional(),
  warnings: z
    .array(
      z.strictObject({
        code: z.string(),
        message: z.string(),
        count,
        examples: z.array(z.string()).readonly().optional(),
      }),
    )
    .optional(),
  errors: errorsSchema.optional(),
  confusion: confusionSchema.optional(),
  /** Absent where a score is not a probability. */
  calibration: z.strictObject({ all: calibrationSchema }).optional(),
  /** 95 % intervals as far as the images go. */
  intervals: z
    .strictObject({
      scores: z.record(z.enum(statNames), interval),
      perCategory: z.record(z.string(), z.record(z.enum(categoryStatNames), interval)),
    })
    .optional(),
  /** Scores of B resamples: little-endian 32-bit floats in base64, NaN for an empty slice. */
  resamples: z
    .strictObject({
      /** Digest of the images' ids: resamples of the same images are paired. */
      images: z.string(),
      count: z.int().min(1),
      scores: z.record(z.enum(resampledScores), z.base64()),
    })
    .optional(),
});
export type Metrics = z.infer<typeof metricsSchema>;
/** What is shown of an evaluation. */
type Described = 'stats' | 'perCategory' | 'tieRule' | 'tieBand' | 'counts' | 'categoryNames' | 'warnings';
/** What `rethink evaluate --json` prints; `errors` where asked for. */
export type EvaluationReport = Required<Pick<Metrics, Described>> & Pick<Metrics, 'errors'>;
/** What is stored beside an evaluation's numbers: small, and enough for a page when truth and detections are far away. */
export type StoredAnalyses = Required<Pick<Metrics, 'errors' | 'confusion'>> & Pick<Metrics, 'calibration'>;
/** Intervals of one detector's numbers as far as the images go: how another seed would come out is no part of them. */
export type ImageIntervals = NonNullable<Metrics['intervals']>;
export type StoredResamples = NonNullable<Metrics['resamples']>;

/** Writes `metrics.json` into the output folder of an evaluate stage. */
export function writeMetrics(
  folder: string,
  metrics: EvaluationReport & StoredAnalyses & { intervals: ImageIntervals; resamples: StoredResamples },
): void {
  writeFileDurably(join(folder, artifactFiles.metrics), `${JSON.stringify(metrics)}\n`);
}

/**
 * Reads `metrics.json` of an evaluate stage's artifact.
 *
 * @throws RethinkError `METRICS_UNREADABLE` or `METRICS_INVALID`
 */
export function readMetrics(folder: string): Metrics {
  const file = join(folder, artifactFiles.metrics);
  const hint = 'Remove the artifact and run the benchmark again.';
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RethinkError('METRICS_UNREADABLE', `The scores can't be read: ${(error as Error).message}.`, {
      location: { file },
      hint,
      cause: error,
    });
  }
  const parsed = metricsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new RethinkError('METRICS_INVALID', `The scores are malformed: ${issue?.message ?? 'unknown'}.`, {
    location: { file, path: issue?.path.join('.') },
    hint,
  });
}

/** The stored analyses; undefined in metrics without them, such as those of a checkpoint in a bundle. */
export function analysesIn(metrics: Metrics | undefined): StoredAnalyses | undefined {
  const { errors, confusion, calibration } = metrics ?? {};
  return errors && confusion && { errors, confusion, calibration };
}
