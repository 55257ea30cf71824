import { inject, injectable } from 'tsyringe';
import {
  type InitContext,
  type InitPlugin,
  OPTIONS,
  type PluginManifest,
  type Weights,
} from '../../../src/contract';
import { preTrain, preTrainingOptions, type PreTrainingOptions } from '../../shared/pre-training-options';

/**
 * A detector of other categories first: the same task with other annotations, the paper's Open Images case. Backbone and
 * pyramid are taken over; the head belongs to its categories and is left behind.
 */
@injectable()
export default class DetectionInit implements InitPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'init',
    name: 'detection',
    version: '1.0.0',
    contract: 1,
    description: 'Backbone and pyramid of a detector trained on the benchmark’s other detection data.',
    options: preTrainingOptions,
    source: 'Zoph et al. 2020, section 5 (Open Images pre-training)',
  };

  constructor(@inject(OPTIONS) private readonly options: PreTrainingOptions) {}

  plan(context: InitContext): Weights {
    return preTrain(context, context.data.otherDetection, this.options);
  }
}
