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
    .default(0.5)
    .meta({ description: 'detections of the teacher scoring at least this become labels' }),
  ignoreThreshold: z.number().gt(0).max(1).optional().meta({
    description: 'detections from here up to the score threshold count as neither object nor background',
  }),
  studentFrom: z
    .enum(['teacher', 'init'])
    .default('teacher')
    .meta({ description: 'weights that the student starts from' }),
  rounds: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .meta({ description: 'each round’s student is the next round’s teacher' }),
  pseudoShare: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'pseudo-labelled pictures in a step, as a multiple of the labelled ones' }),
  normaliseLosses: z
    .boolean()
    .default(true)
    .meta({ description: 'balance the two losses by their moving averages' }),
  alpha: z.number().positive().default(1).meta({ description: 'weight of the normalised pseudo-label loss' }),
});

/** Noisy Student for detection: a teacher labels the unlabelled pool, a student learns from both (paper, section 3.2). */
@injectable()
export default class SelfTraining implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'self-training',
    version: '1.0.0',
    contract: 1,
    description:
      'A teacher trained on the labelled data labels the unlabelled pool; a student learns from both at once.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, section 3.2 and appendix B',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, init, augmentation, data }: StrategyContext): TrainedDetector {
    const { scoreThreshold, ignoreThreshold, studentFrom, rounds, pseudoShare, normaliseLosses, alpha } =
      this.options;
    let detector = stages.train({ from: init, data: [data.labelled], augmentation, label: 'teacher' });
    for (let round = 1; round <= rounds; round++) {
      const pseudo = stages.pseudoLabel({
        detector,
        images: data.unlabelled,
        scoreThreshold,
        ignoreThreshold,
      });
      detector = stages.train({
        from: studentFrom === 'teacher' ? detector : init,
        data: [data.labelled, { data: pseudo, share: pseudoShare }],
        augmentation,
        normaliseLosses: normaliseLosses ? { alpha } : false,
        label: rounds === 1 ? 'student' : `student ${round}`,
      });
    }
    return detector;
  }
}
