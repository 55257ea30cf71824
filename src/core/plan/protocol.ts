import { z } from 'zod';
import { stageErrorSchema } from './failure';
import type { RunEnvironment } from './outcome-schema';
import type { StageJob } from './stage-job';

/** What the host tells a stage's process: first what to run, later perhaps to stop at a point from which it can go on. */
export type HostMessage =
  | {
      readonly type: 'run';
      readonly job: StageJob;
      readonly device: string;
      readonly slot: string;
      readonly environment: RunEnvironment;
      /** A module whose exports replace the built-in runners by kind; for tests. */
      readonly runnersModule?: string;
    }
  | { readonly type: 'stop' };

/** What a stage's process tells the host. It runs foreign code, so each message is parsed. */
export const stageMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('progress'),
    progress: z.strictObject({
      done: z.number(),
      total: z.number(),
      unit: z.string(),
      figures: z.record(z.string(), z.number()).optional(),
    }),
  }),
  /** The artifact and its manifest are written. */
  z.strictObject({ type: z.literal('done') }),
  z.strictObject({ type: z.literal('failed'), ...stageErrorSchema.shape }),
]);
export type StageMessage = z.infer<typeof stageMessageSchema>;
