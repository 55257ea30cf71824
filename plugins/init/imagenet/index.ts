import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import {
  type InitContext,
  type InitPlugin,
  OPTIONS,
  type PluginManifest,
  type Weights,
} from '../../../src/contract';
import { checkpointOptions, takeCheckpoint } from '../../shared/checkpoint-options';
import { preTrain, preTrainingOptions } from '../../shared/pre-training-options';

const optionsSchema = preTrainingOptions
  .extend({
    checkpoint: checkpointOptions
      .optional()
      .meta({ description: 'weights trained elsewhere, instead of pre-training here' }),
  })
  .refine(
    ({ checkpoint, augmentation: _, ...schedule }) =>
      checkpoint === undefined || Object.values(schedule).every((value) => value === undefined),
    { error: 'with a checkpoint nothing is trained here: omit the schedule', path: ['checkpoint'] },
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

  plan(context: InitContext): Weights {
    const { checkpoint, ...options } = this.options;
    return checkpoint === undefined
      ? preTrain(context, context.data.classification, options)
      : takeCheckpoint(context.stages, checkpoint);
  }
}
