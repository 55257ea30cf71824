import { inject, injectable } from 'tsyringe';
import { type z } from 'zod';
import {
  type AugmentationContext,
  type AugmentationPlugin,
  jitterAndCrop,
  OPTIONS,
  type PluginManifest,
  type Sample,
} from '../../../src/contract';
import { jitterOptions } from '../../shared/jitter-options';

const optionsSchema = jitterOptions(0.8, 1.2);

/** Augment-S1 of the paper: horizontal flip, scale jitter and crop. */
@injectable()
export default class AugmentS1 implements AugmentationPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'augmentation',
    name: 's1',
    version: '1.0.0',
    contract: 1,
    description: 'Horizontal flip, scale jitter 0.8–1.2 and crop.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, Augment-S1',
  };

  readonly strength = 1;

  constructor(@inject(OPTIONS) private readonly options: z.infer<typeof optionsSchema>) {}

  apply(sample: Sample, { size, random }: AugmentationContext): Sample {
    const [scaleMin, scaleMax] = this.options.jitter;
    return jitterAndCrop(sample, { size, scaleMin, scaleMax, flip: this.options.flip }, random);
  }
}
