import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RethinkError } from '../../contract';
import type { MetricsRecord } from './records';

const score = z.number().min(0).max(1).nullable();

/** What the results need of the evaluator's result; the rest is kept as it stands. */
const metricsSchema = z.looseObject({
  stats: z.looseObject({
    AP: score,
    AP50: score,
    AP75: score,
    APs: score,
    APm: score,
    APl: score,
    AR1: score,
    AR10: score,
    AR100: score,
    ARs: score,
    ARm: score,
    ARl: score,
  }),
  perCategory: z.record(z.string(), z.looseObject({ AP: score, AP50: score, AR100: score })).default({}),
});

/**
 * Reads an evaluate stage's `metrics.json`.
 *
 * @throws RethinkError `METRICS_UNREADABLE` or `METRICS_INVALID`
 */
export function readMetricsFile(file: string): MetricsRecord {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RethinkError('METRICS_UNREADABLE', `can't read the scores: ${(error as Error).message}`, {
      location: { file },
      hint: 'remove the artifact and run again: the stage is then done anew',
      cause: error,
    });
  }
  const parsed = metricsSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new RethinkError('METRICS_INVALID', `no COCO scores: ${issue?.message ?? 'malformed'}`, {
      location: { file, path: issue?.path.join('.') },
      hint: 'scores lie in 0…1 or are null',
    });
  }
  const { stats, perCategory } = parsed.data;
  return { stats, perCategory, detail: json };
}
