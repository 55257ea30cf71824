import { z } from 'zod';
import { checkpointIdentities } from '../../core/plan/checkpoint-identities';

/** All that planning one trial again needs; plain JSON, in `StageJob.custom`. */
export const replanSchema = z.strictObject({
  file: z.string(),
  seeds: z.number().optional(),
  trial: z.string(),
  data: z.record(
    z.string(),
    z.strictObject({
      digest: z.string(),
      size: z.number(),
      categories: z.number(),
      truth: z.string().optional(),
    }),
  ),
  engine: z.strictObject({
    backend: z.enum(['tensorflow', 'webgpu', 'cpu']),
    version: z.string(),
    precision: z.literal('float32'),
    threads: z.number(),
  }),
  roots: z.array(z.string()),
  checkpoints: checkpointIdentities.optional(),
});
export type Replan = z.infer<typeof replanSchema>;
