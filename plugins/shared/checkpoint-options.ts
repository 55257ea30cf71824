import { z } from 'zod';
import type { Stages, Weights } from '../../src/contract';

/** What the pre-training of public classifiers was: `images` images, `epochs` times. */
const declaredCost = z.strictObject({
  epochs: z.number().positive().default(350).meta({ description: 'passes over the images' }),
  images: z.int().positive().default(1_281_167).meta({ description: 'images of the data set' }),
  size: z.int().min(32).meta({ description: 'side of their input in pixels' }),
  flops: z.number().min(0).optional().meta({
    description: 'operations, multiply-add = 2; by default counted: epochs × images × 3 forward passes',
  }),
  deviceSeconds: z
    .number()
    .min(0)
    .optional()
    .meta({ description: 'seconds of one device, where they are stated' }),
  source: z.string().min(1).meta({ description: 'where the figures come from' }),
});

/** A backbone that was pre-trained elsewhere. */
export const checkpointOptions = z.strictObject({
  source: z.string().min(1).meta({
    description: 'path of a .safetensors file or of a TensorFlow.js model.json, or hf:owner/name@revision',
  }),
  layout: z
    .enum(['timm', 'keras', 'rethink'])
    .default('timm')
    .meta({ description: 'whose tensor names the file uses' }),
  cost: declaredCost.meta({ description: 'what the pre-training cost its makers' }),
});
export type CheckpointOptions = z.output<typeof checkpointOptions>;

export function takeCheckpoint(stages: Stages, checkpoint: CheckpointOptions): Weights {
  const { epochs, images, ...cost } = checkpoint.cost;
  return stages.checkpoint({
    ...checkpoint,
    cost: { ...cost, imagesSeen: Math.round(epochs * images) },
    label: 'pre-trained',
  });
}
