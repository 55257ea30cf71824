import { z } from 'zod';

const optimizer = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('sgd'),
    momentum: z.number().min(0).max(1).default(0.9),
    nesterov: z.boolean().default(false),
  }),
  z.strictObject({
    type: z.literal('adam'),
    beta1: z.number().default(0.9),
    beta2: z.number().default(0.999),
    epsilon: z.number().default(1e-7),
  }),
]);

/** How long and how fast to train. A schedule counts steps, never seconds. Defaults: paper.md, section 2.1. */
export const scheduleSpec = z.strictObject({
  steps: z.int().positive(),
  /** Images of each data set in a step (times its share). */
  batch: z.int().positive().default(256),
  /** Images of a forward and backward pass; gradients of `batch / microBatch` passes are added up. */
  microBatch: z.int().positive().optional(),
  optimizer: optimizer.prefault({ type: 'sgd' }),
  learningRate: z.number().positive().default(0.32),
  warmupSteps: z.int().min(0).default(1000),
  warmupLearningRate: z.number().min(0).default(0.0032),
  decay: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('cosine') }),
      z
        .strictObject({
          type: z.literal('step'),
          /** Steps from which on the rate is multiplied by the factor of the same index, and by all earlier ones. */
          milestones: z.array(z.int()),
          factors: z.array(z.number()),
        })
        .refine(({ milestones, factors }) => milestones.length === factors.length, {
          error: 'must have as many entries as milestones',
          path: ['factors'],
        }),
      z.strictObject({ type: z.literal('constant') }),
    ])
    .prefault({ type: 'cosine' }),
  /** L2 on kernels only: wd · Σw² / 2. */
  weightDecay: z.number().min(0).default(1e-4),
  /** Global gradient norm; absent: no clipping. */
  clipNorm: z.number().positive().optional(),
  /**
   * Moving average of the weights, which is what the stage leaves: share of the old average that stays at each step,
   * less in the beginning, min(decay, (1 + step) / (10 + step)).
   */
  emaDecay: z.number().gt(0).lt(1).optional(),
  /** Parts of the backbone that stay as they are, batch norm statistics included. */
  freeze: z
    .strictObject({
      /** C1 up to this stage. */
      stages: z.int().min(0).max(5).default(0),
      /** Batch norm of the whole backbone. */
      batchNorm: z.boolean().default(false),
    })
    .optional(),
  /** Steps between points of the loss curve. AP on the validation set is not measured while training. */
  logEvery: z.int().positive().default(10),
});
export type Schedule = z.infer<typeof scheduleSpec>;
