import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type InitContext,
  type InitPlugin,
  OPTIONS,
  type PluginManifest,
  type Weights,
} from '../../../src/contract';

/** What the pre-training of public ImageNet classifiers was: `images` pictures, `epochs` times. */
const declaredCost = z.strictObject({
  epochs: z.number().positive().default(350).meta({ description: 'passes over the pictures' }),
  images: z.int().positive().default(1_281_167).meta({ description: 'pictures of the data set' }),
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

const checkpointSchema = z.strictObject({
  source: z.string().min(1).meta({
    description: 'path of a .safetensors file or of a TensorFlow.js model.json, or hf:owner/name@revision',
  }),
  layout: z
    .enum(['timm', 'keras', 'rethink'])
    .default('timm')
    .meta({ description: 'whose tensor names the file uses' }),
  cost: declaredCost.meta({ description: 'what the pre-training cost its makers' }),
});

const optionsSchema = z
  .strictObject({
    checkpoint: checkpointSchema
      .optional()
      .meta({ description: 'weights made elsewhere, instead of a pre-training here' }),
    steps: z.int().positive().optional().meta({ description: 'training steps; by default the benchmark’s' }),
    batch: z
      .int()
      .positive()
      .optional()
      .meta({ description: 'pictures in a step; by default the benchmark’s' }),
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
  })
  .refine(
    ({ checkpoint, augmentation: _, ...schedule }) =>
      checkpoint === undefined || Object.values(schedule).every((value) => value === undefined),
    { error: 'with a checkpoint nothing is trained here: leave the schedule out', path: ['checkpoint'] },
  );

/**
 * Supervised classification, then the backbone alone: the paper's "ImageNet Init". Either trained here on the
 * classification data, at a cost that is measured like any other, or a checkpoint made elsewhere, at the cost that is
 * declared. The stage is shared by every trial that asks for it.
 */
@injectable()
export default class ImagenetInit implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: 'imagenet',
    version: '1.1.0',
    contract: 1,
    description:
      'A backbone pre-trained by supervised classification: of the benchmark’s classification data, or elsewhere.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, "ImageNet Init"',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, data }: InitContext): Weights {
    const { checkpoint, augmentation, ...schedule } = this.options;
    if (checkpoint !== undefined) {
      const { epochs, images, ...cost } = checkpoint.cost;
      return stages.checkpoint({
        ...checkpoint,
        cost: { ...cost, imagesSeen: Math.round(epochs * images) },
        label: 'pre-trained',
      });
    }
    return stages.train({
      from: stages.random(),
      data: [data.classification],
      augmentation: stages.augmentation(augmentation),
      schedule,
      label: 'pre-train',
    });
  }
}
