import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  OPTIONS,
  type PluginManifest,
  type StrategyContext,
  type StrategyPlugin,
  type TrainedDetector,
} from '../../../src/contract';

const optionsSchema = z.strictObject({
  scoreThreshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .meta({ description: 'minimum score at which a detection of the teacher becomes a label' }),
  pseudoShare: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'pseudo-labelled images in a step, as a multiple of the labelled ones' }),
});

/** Self-training whose pseudo-labels count by their confidence: a doubtful one teaches less, and is not thrown away. */
@injectable()
export default class SoftSelfTraining implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'soft-self-training',
    version: '1.0.0',
    contract: 1,
    description: 'Self-training whose pseudo-labels count by the teacher’s confidence.',
    options: optionsSchema,
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, init, augmentation, data }: StrategyContext): TrainedDetector {
    const { scoreThreshold, pseudoShare } = this.options;
    const teacher = stages.train({ from: init, data: [data.labelled], augmentation, label: 'teacher' });
    const pseudo = stages.pseudoLabel({ detector: teacher, images: data.unlabelled, scoreThreshold });
    return stages.train({
      from: teacher,
      data: [data.labelled, { data: pseudo, share: pseudoShare, soft: true }],
      augmentation,
      normaliseLosses: true,
      label: 'student',
    });
  }
}
