import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  OPTIONS,
  type PluginManifest,
  type StrategyContext,
  type StrategyPlugin,
  type TrainedDetector,
} from '../../../src/contract';
import { jointOptions } from '../../shared/joint-options';
import { noisyStudentOptions, partLabelled, trainStudents } from '../../shared/noisy-student';

const optionsSchema = noisyStudentOptions.extend(jointOptions.shape).extend({
  teacher: z
    .enum(['supervised', 'joint'])
    .default('supervised')
    .meta({ description: 'whether the teacher also learns to classify' }),
});

/**
 * A student that learns from labels, pseudo-labels and the classification data in one step (paper, table 7). By default
 * its teacher is the trial's supervised detector, so that self-training alone shares teacher and pseudo-labels with it.
 */
@injectable()
export default class SelfTrainingJoint implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'self-training+joint',
    version: '1.1.0',
    contract: 1,
    description: 'Self-training whose student also learns to classify the classification data, in one step.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, table 7',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan(context: StrategyContext): TrainedDetector {
    const { stages, init, augmentation, data } = context;
    const { teacher: kind, classificationShare, classificationWeight, ...options } = this.options;
    const classes = { data: data.classification, share: classificationShare, weight: classificationWeight };
    const parts = partLabelled(context, options);
    const teacher = stages.train({
      from: init,
      data: kind === 'joint' ? [parts.labelled, classes] : [parts.labelled],
      augmentation,
      label: 'teacher',
    });
    return trainStudents(context, teacher, options, parts, [classes]);
  }
}
