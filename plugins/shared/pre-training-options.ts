import { z } from 'zod';
import type { DataHandle, DataShare, InitContext, Weights } from '../../src/contract';

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

/** Trains a network from random weights on this data. */
export function preTrain(
  { stages }: InitContext,
  data: DataHandle | DataShare,
  { augmentation, ...schedule }: PreTrainingOptions,
  augmentationOptions?: Readonly<Record<string, unknown>>,
): Weights {
  return stages.train({
    from: stages.random(),
    data: [data],
    augmentation: stages.augmentation(augmentation, augmentationOptions),
    schedule,
    label: 'pre-train',
  });
}
