import { z } from 'zod';

/** The schedule and augmentation of an init's own training. */
export const preTrainingOptions = z.strictObject({
  steps: z.int().positive().optional().meta({ description: 'training steps; by default the benchmark’s' }),
  batch: z.int().positive().optional().meta({ description: 'images in a step; by default the benchmark’s' }),
  learningRate: z
    .number()
    .positive()
    .optional()
    .meta({ description: 'peak learning rate; by default the benchmark’s' }),
  size: z
    .int()
    .min(32)
    .optional()
    .meta({ description: 'side of the input in pixels; by default the detector’s' }),
  augmentation: z
    .string()
    .default('s1')
    .meta({ description: 'augmentation plugin of the pre-training, whatever the trial’s own is' }),
});
export type PreTrainingOptions = z.output<typeof preTrainingOptions>;
