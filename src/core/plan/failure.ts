import { z } from 'zod';
import { MAX_CODE, MAX_TEXT } from './limits';

/** Text of a plugin or a library, which may be of any length. */
const clipped = (most: number) => z.string().transform((text) => text.slice(0, most));

/** What a stage's process reports of its own failure. */
export const stageErrorSchema = z.strictObject({
  code: clipped(MAX_CODE),
  message: clipped(MAX_TEXT),
  hint: clipped(MAX_TEXT).optional(),
});

export type StageError = Readonly<z.infer<typeof stageErrorSchema>>;

export const attemptFailureSchema = stageErrorSchema.extend({
  /** `diverged`: the loss became NaN or exploded. `cancelled`: Ctrl-C; it is not counted as a failure. */
  kind: z.enum(['error', 'diverged', 'timeout', 'memory', 'crash', 'cancelled']),
});

/** How one attempt at a stage ended. */
export type AttemptFailure = Readonly<z.infer<typeof attemptFailureSchema>>;

/** The part of a failure that results contain. */
export const recordedFailureSchema = attemptFailureSchema.extend({
  /** The stage's log. */
  logFile: z.string(),
});
export type RecordedFailure = Readonly<z.infer<typeof recordedFailureSchema>>;

export const stageFailureSchema = recordedFailureSchema.extend({
  startedAt: z.string(),
  endedAt: z.string(),
  /** Seconds that this attempt and those before it took, by a monotonic clock. */
  seconds: z.number().nonnegative(),
});

/** Why a stage failed, after its last attempt. */
export type StageFailure = Readonly<z.infer<typeof stageFailureSchema>>;
