import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  OPTIONS,
  type PluginManifest,
  type StrategyContext,
  type StrategyPlugin,
  type TrainedDetector,
} from '../../../src/contract';

const oracleOptions = z.strictObject({
  pseudoShare: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'images of the pool in a step, as a multiple of the labelled ones' }),
});

/** Trains on the labels and on the hidden labels of the pool: what perfect pseudo-labels would give. */
@injectable()
export default class Oracle implements StrategyPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'strategy',
    name: 'oracle',
    version: '1.0.0',
    contract: 1,
    description: 'One training on the labelled data and the pool with its hidden labels; not attainable.',
    options: oracleOptions,
  };

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof oracleOptions>) {}

  plan({ stages, init, augmentation, data }: StrategyContext): TrainedDetector {
    const pool = stages.oracleLabel({ images: data.unlabelled });
    const share = this.options.pseudoShare;
    return stages.train({
      from: init,
      data: [data.labelled, { data: pool, share }],
      augmentation,
      label: 'train',
    });
  }
}
