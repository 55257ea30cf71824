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
  images: z
    .enum(['classification', 'unlabelled'])
    .default('unlabelled')
    .meta({ description: 'whose images to learn from, without their labels' }),
  queue: z
    .int()
    .min(1)
    .default(1024)
    .meta({ description: 'views of earlier images that serve as negatives' }),
  momentum: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.99)
    .meta({ description: 'share of the network’s moving average that stays at each step' }),
  temperature: z.number().positive().default(0.2).meta({ description: 'divisor of the similarities' }),
  projection: z.int().min(2).default(128).meta({ description: 'outputs of the projection head' }),
  steps: z.int().positive().optional().meta({ description: 'steps; by default the benchmark’s' }),
  batch: z.int().positive().optional().meta({ description: 'images in a step; by default the benchmark’s' }),
});

/** Momentum contrast: an image's view must find the other one among views of earlier images. */
@injectable()
export default class Moco implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: 'moco',
    version: '1.0.0',
    contract: 1,
    description: 'A backbone pre-trained without labels by momentum contrast: negatives come from a queue.',
    options: optionsSchema,
    source: 'He et al. 2020, arXiv 1911.05722; Chen et al. 2020, arXiv 2003.04297',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, data }: InitContext): Weights {
    const { images, queue, momentum, temperature, projection, steps, batch } = this.options;
    return stages.train({
      from: stages.random(),
      data: [{ data: data[images], contrast: { queue, momentum, temperature, projection } }],
      augmentation: stages.augmentation('simclr'),
      schedule: { steps, batch },
      label: 'pre-train',
    });
  }
}
