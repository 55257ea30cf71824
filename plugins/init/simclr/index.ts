import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type InitContext,
  type InitPlugin,
  OPTIONS,
  type PluginManifest,
  type Weights,
} from '../../../src/contract';
import { preTrain, preTrainingOptions } from '../../shared/pre-training-options';

const optionsSchema = preTrainingOptions.extend({
  augmentation: z
    .string()
    .default('simclr')
    .meta({ description: 'augmentation plugin that makes the views' }),
  views: z
    .record(z.string(), z.json())
    .default({})
    .meta({ description: 'options of the augmentation plugin' }),
  images: z
    .enum(['classification', 'unlabelled'])
    .default('classification')
    .meta({ description: 'whose images to learn from, without their labels' }),
  temperature: z.number().positive().default(0.1).meta({ description: 'divisor of the similarities' }),
  projection: z.int().min(2).default(128).meta({ description: 'outputs of the projection head' }),
});

/**
 * Self-supervised pre-training: two views of an image must find each other among all others of the step. The
 * projection head is left behind (SimCLR, arXiv 2002.05709; Zoph et al. 2020, table 4).
 */
@injectable()
export default class SimclrInit implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: 'simclr',
    version: '1.0.0',
    contract: 1,
    description: 'A backbone pre-trained without labels: two views of an image must find each other.',
    options: optionsSchema,
    source: 'Chen et al. 2020, arXiv 2002.05709; Zoph et al. 2020, table 4',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan(context: InitContext): Weights {
    const { views, images, temperature, projection, ...options } = this.options;
    const data = { data: context.data[images], contrast: { temperature, projection } };
    return preTrain(context, data, options, views);
  }
}
