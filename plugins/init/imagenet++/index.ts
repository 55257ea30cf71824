import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type InitContext,
  type InitPlugin,
  OPTIONS,
  type PluginManifest,
  type Weights,
} from '../../../src/contract';
import { checkpointOptions, takeCheckpoint } from '../../shared/checkpoint-options';
import { preTrainingOptions } from '../../shared/pre-training-options';

const optionsSchema = preTrainingOptions.extend({
  checkpoint: checkpointOptions.optional().meta({
    description: 'weights that were made so elsewhere (timm’s ns_jft_in1k); all other options are idle then',
  }),
  studentAugmentation: z
    .string()
    .default('s4')
    .meta({ description: 'augmentation plugin of the students: the noise that they learn under' }),
  studentAugmentationOptions: z
    .record(z.string(), z.json())
    .default({})
    .meta({ description: 'options of that plugin' }),
  scoreThreshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.3)
    .meta({ description: 'images that the teacher is at least this sure of are kept' }),
  pseudoShare: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'pseudo-labelled images in a step, as a multiple of the labelled ones' }),
  rounds: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .meta({ description: 'each round’s student is the next round’s teacher' }),
});

/**
 * A classifier that taught itself: a teacher names the images of the unlabelled pool, a student learns from labels and
 * names together, under noise, from random weights (Noisy Student, arXiv 1911.04252, algorithm 1).
 */
@injectable()
export default class ImagenetPlusPlusInit implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: 'imagenet++',
    version: '1.0.0',
    contract: 1,
    description:
      'A backbone pre-trained by classification that taught itself further on the unlabelled pool (Noisy Student).',
    options: optionsSchema,
    source: 'Xie et al. 2020, arXiv 1911.04252; Zoph et al. 2020, "ImageNet++ Init"',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, data }: InitContext): Weights {
    const { checkpoint, augmentation, studentAugmentation, studentAugmentationOptions, ...rest } =
      this.options;
    if (checkpoint !== undefined) return takeCheckpoint(stages, checkpoint);
    const { scoreThreshold, pseudoShare, rounds, ...schedule } = rest;
    const { size } = schedule;
    const random = stages.random();
    let classifier: Weights = stages.train({
      from: random,
      data: [data.classification],
      augmentation: stages.augmentation(augmentation),
      schedule,
      label: 'pre-train',
    });
    for (let round = 1; round <= rounds; round++) {
      const pseudo = stages.pseudoClass({ classifier, images: data.unlabelled, scoreThreshold, size });
      classifier = stages.train({
        from: random,
        data: [data.classification, { data: pseudo, share: pseudoShare }],
        augmentation: stages.augmentation(studentAugmentation, studentAugmentationOptions),
        schedule,
        label: rounds === 1 ? 'pre-train student' : `pre-train student ${round}`,
      });
    }
    return classifier;
  }
}
