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
import { preTrainingOptions } from '../../shared/pre-training-options';

const optionsSchema = preTrainingOptions
  .extend({
    checkpoint: checkpointOptions
      .optional()
      .meta({ description: 'weights made elsewhere, instead of a pre-training here' }),
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
    if (checkpoint !== undefined) return takeCheckpoint(stages, checkpoint);
    return stages.train({
      from: stages.random(),
      data: [data.classification],
      augmentation: stages.augmentation(augmentation),
      schedule,
      label: 'pre-train',
    });
  }
}
