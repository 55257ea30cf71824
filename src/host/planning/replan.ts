import { z } from 'zod';
import { checkpointIdentities } from '../../core/plan/checkpoint-identities';
import { engineSchema } from './stage-key';
import { planDataSchema } from './trial-setting';

/** All that planning one trial again needs; plain JSON, in `StageJob.custom`. */
export const replanSchema = z.strictObject({
  file: z.string(),
  seeds: z.number().optional(),
  trial: z.string(),
  data: z.record(z.string(), planDataSchema),
  engine: engineSchema,
  roots: z.array(z.string()),
  checkpoints: checkpointIdentities.optional(),
});
export type Replan = z.infer<typeof replanSchema>;
