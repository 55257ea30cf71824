import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type InitContext,
  type InitPlugin,
  OPTIONS,
  type PluginManifest,
  type Weights,
} from '../../../src/contract';

const optionsSchema = z.strictObject({
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
});

/**
 * Supervised classification of the classification data, then the backbone alone: the paper's "ImageNet Init".
 * The stage is shared by every trial that asks for it, and its cost is measured like any other.
 */
@injectable()
export default class ImagenetInit implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: 'imagenet',
    version: '1.0.0',
    contract: 1,
    description:
      'A backbone pre-trained by supervised classification of the benchmark’s classification data.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, "ImageNet Init"',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, data }: InitContext): Weights {
    const { augmentation, ...schedule } = this.options;
    return stages.train({
      from: stages.random(),
      data: [data.classification],
      augmentation: stages.augmentation(augmentation),
      schedule,
      label: 'pre-train',
    });
  }
}
