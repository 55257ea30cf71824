import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type CustomStageContext,
  fit,
  OPTIONS,
  type PluginManifest,
  type RandomSource,
  type Sample,
  type StageData,
  type StrategyContext,
  type StrategyPlugin,
  type TrainedDetector,
  type Trainer,
} from '../../../src/contract';

const optionsSchema = z.strictObject({
  average: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.99)
    .meta({ description: 'share of the teacher, a moving average of the student, that stays at each step' }),
  scoreThreshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .meta({ description: 'minimum score at which a detection of the teacher becomes a label of the step' }),
  pseudoShare: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'unlabelled images in a step, as a multiple of the labelled ones' }),
  pseudoWeight: z.number().min(0).default(1).meta({ description: 'weight of their loss' }),
});

/**
 * The teacher is a moving average of the student and labels the unlabelled images of each step, within one stage
 * (mean teacher, arXiv 1703.01780; for detection as in unbiased teacher, arXiv 2102.09480).
 */
@injectable()
export default class MeanTeacher implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'mean-teacher',
    version: '1.0.0',
    contract: 1,
    description: 'A moving average of the student labels the unlabelled images of each step.',
    options: optionsSchema,
    source: 'Tarvainen and Valpola 2017, arXiv 1703.01780; Liu et al. 2021, arXiv 2102.09480',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, init, augmentation, data }: StrategyContext): TrainedDetector {
    const { average, scoreThreshold, pseudoShare, pseudoWeight } = this.options;
    // The teacher must know something before it teaches; the stage is shared with `supervised`.
    const start = stages.train({ from: init, data: [data.labelled], augmentation, label: 'train' });
    const { detector } = stages.custom('mean-teacher', {
      trainer: { from: start, batches: [{}, { share: pseudoShare, weight: pseudoWeight }], average },
      data: { labelled: data.labelled, unlabelled: data.unlabelled },
      augmentation,
      parameters: { scoreThreshold },
      run: (context) => teach(context, scoreThreshold),
    });
    return detector;
  }
}

async function teach(context: CustomStageContext, scoreThreshold: number): Promise<void> {
  const { trainer, data, random, progress, write } = context as CustomStageContext & { trainer: Trainer };
  while (trainer.steps < trainer.totalSteps) {
    // All inputs of a step follow from its number, so that a stopped stage resumes with the same bits.
    const { steps } = trainer;
    const draws = random.fork(steps);
    const [labelledCount = 0, unlabelledCount = 0] = trainer.images;
    const labelled = await samplesOf(data['labelled']!, steps, labelledCount);
    const pool = (await samplesOf(data['unlabelled']!, steps, unlabelledCount)).map((sample) =>
      fit(sample, trainer.size),
    );
    const found = await trainer.detect(
      pool.map(({ image }) => image),
      'average',
    );
    const taught = pool.map(({ image }, i) => ({
      image,
      objects: found[i]!.filter(({ score = 0 }) => score >= scoreThreshold),
    }));
    await trainer.step([
      { samples: await augmented(data['labelled']!, labelled, draws.fork('labelled')) },
      { samples: await augmented(data['unlabelled']!, taught, draws.fork('unlabelled')) },
    ]);
    progress(trainer.steps, trainer.totalSteps);
  }
  await write.weights(await trainer.weights('average'));
}

function samplesOf(data: StageData, step: number, count: number): Promise<Sample[]> {
  return Promise.all(data.indices(step, count).map((index) => data.sample(index)));
}

async function augmented(
  data: StageData,
  samples: readonly Sample[],
  random: RandomSource,
): Promise<Sample[]> {
  const results: Sample[] = [];
  for (const [i, sample] of samples.entries()) results.push(await data.augment(sample, random.fork(i)));
  return results;
}
