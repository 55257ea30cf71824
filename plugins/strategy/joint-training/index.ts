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

const optionsSchema = jointOptions.extend({
  normaliseLosses: z
    .boolean()
    .default(false)
    .meta({ description: 'scale the classification loss by the moving averages of both' }),
  alpha: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'weight of the normalised classification loss' }),
});

/** Detection and classification at once, on one backbone, each with its own head (paper, section 5 and table 7). */
@injectable()
export default class JointTraining implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'joint-training',
    version: '1.0.0',
    contract: 1,
    description:
      'Detection on the labelled data and classification of the classification data on one backbone, in one step.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, table 7',
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  plan({ stages, init, augmentation, data }: StrategyContext): TrainedDetector {
    const { classificationShare, classificationWeight, normaliseLosses, alpha } = this.options;
    return stages.train({
      from: init,
      data: [
        data.labelled,
        { data: data.classification, share: classificationShare, weight: classificationWeight },
      ],
      augmentation,
      normaliseLosses: normaliseLosses ? { alpha } : false,
      label: 'joint',
    });
  }
}
