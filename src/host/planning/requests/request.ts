import { z } from 'zod';
import {
  type AugmentationHandle,
  type DataHandle,
  RethinkError,
  type ScheduleChange,
  type Weights,
} from '../../../contract';
import { MAX_NAME } from '../../../core/plan/limits';
import { requirement } from '../../../core/text/zod-issue';

/** Handles are opaque to a schema; the trial knows what they stand for. */
export const weights = z.custom<Weights>();
export const data = z.custom<DataHandle>();
export const augmentation = z.custom<AugmentationHandle>();
/** Checked together with the benchmark's schedule, see `Recipe.changed`. */
export const scheduleChange = z.custom<ScheduleChange>().optional();
/** Of a stage or one of its inputs. */
export const requestName = z.string().max(MAX_NAME / 2);
/** Of a score: above 0, up to 1. */
export const threshold = z.number().gt(0).lte(1);
/** Of a data set in a training step. */
export const stepPart = z.object({
  share: z.number().gt(0).default(1),
  weight: z.number().gte(0).default(1),
  soft: z.boolean().default(false),
});

/**
 * What a plugin asked for, checked and with its defaults.
 *
 * @param path of the request in the messages; empty for the arguments themselves
 * @throws RethinkError `PLAN_REQUEST`
 */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  request: unknown,
  ...path: readonly PropertyKey[]
): z.output<Schema> {
  const result = schema.safeParse(request, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues as [z.core.$ZodIssue];
  const got = issue.code.startsWith('too_') && typeof issue.input === 'number' ? `, got ${issue.input}` : '';
  throw requestError(z.core.toDotPath([...path, ...issue.path]) || 'request', requirement(issue) + got);
}

/** @param problem the rest of a sentence whose subject is the argument */
export function requestError(argument: string, problem: string): RethinkError {
  return new RethinkError('PLAN_REQUEST', `"${argument}" ${problem}.`);
}
