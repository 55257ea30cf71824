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
import { noisyStudentOptions } from '../../shared/noisy-student';
import { preTrain, preTrainingOptions } from '../../shared/pre-training-options';

const optionsSchema = preTrainingOptions.extend({
  checkpoint: checkpointOptions.optional().meta({
    description:
      'weights trained this way elsewhere (timm’s ns_jft_in1k); the other options have no effect then',
  }),
  studentAugmentation: z
    .string()
    .default('s4')
    .meta({ description: 'augmentation plugin of the students (their noise)' }),
  studentAugmentationOptions: z
    .record(z.string(), z.json())
    .default({})
    .meta({ description: 'options of that plugin' }),
  scoreThreshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.3)
    .meta({ description: 'minimum score of the teacher’s class at which an image becomes a training image' }),
  pseudoShare: noisyStudentOptions.shape.pseudoShare,
  rounds: noisyStudentOptions.shape.rounds,
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

  plan(context: InitContext): Weights {
    const { stages, data } = context;
    const { checkpoint, studentAugmentation, studentAugmentationOptions, ...rest } = this.options;
    if (checkpoint !== undefined) return takeCheckpoint(stages, checkpoint);
    const { scoreThreshold, pseudoShare, rounds, ...options } = rest;
    const { augmentation: _, ...schedule } = options;
    const { size } = schedule;
    let classifier = preTrain(context, data.classification, options);
    for (let round = 1; round <= rounds; round++) {
      const pseudo = stages.pseudoClass({ classifier, images: data.unlabelled, scoreThreshold, size });
      classifier = stages.train({
        from: stages.random(),
        data: [data.classification, { data: pseudo, share: pseudoShare }],
        augmentation: stages.augmentation(studentAugmentation, studentAugmentationOptions),
        schedule,
        label: rounds === 1 ? 'pre-train student' : `pre-train student ${round}`,
      });
    }
    return classifier;
  }
}
