import { z } from 'zod';

/** A head of a network as a stage names it; its tensors begin with `head.<name>.`. */
export const headSpec = z.strictObject({
  /** Parts of a step whose heads have equal names share one head. */
  name: z.string(),
  type: z.enum(['detection', 'classification', 'contrastive']),
  /** Classes; a detection head has no extra one for the background. Of a contrastive head, its outputs. */
  categories: z.int().positive(),
  /** Of a contrastive head: what similarities are divided by. */
  temperature: z.number().positive().optional(),
  /** Of a contrastive head: negatives of earlier steps, seen by a moving average of the network. */
  queue: z.int().positive().optional(),
  /** Share of that moving average that stays at a step. */
  momentum: z.number().positive().optional(),
});
export type HeadSpec = Readonly<z.infer<typeof headSpec>>;
