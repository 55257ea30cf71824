import { inject, injectable } from 'tsyringe';
import {
  OPTIONS,
  type PluginManifest,
  type StrategyContext,
  type StrategyPlugin,
  type TrainedDetector,
} from '../../../src/contract';
import {
  noisyStudentOptions,
  type NoisyStudentOptions,
  partLabelled,
  trainStudents,
} from '../../shared/noisy-student';

/** Noisy Student for detection: a teacher labels the unlabelled pool, a student learns from both (paper, section 3.2). */
@injectable()
export default class SelfTraining implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'self-training',
    version: '1.1.0',
    contract: 1,
    description:
      'A teacher trained on the labelled data labels the unlabelled pool; a student learns from both at once.',
    options: noisyStudentOptions,
    source: 'Zoph et al. 2020, section 3.2 and appendix B',
  };

  constructor(@inject(OPTIONS) private readonly options: NoisyStudentOptions) {}

  plan(context: StrategyContext): TrainedDetector {
    const { stages, init, augmentation } = context;
    const parts = partLabelled(context, this.options);
    const teacher = stages.train({ from: init, data: [parts.labelled], augmentation, label: 'teacher' });
    return trainStudents(context, teacher, this.options, parts);
  }
}
