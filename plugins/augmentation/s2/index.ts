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
import { autoAugmentOptions } from '../../shared/augment-options';
import { autoAugment } from '../../shared/autoaugment/augment';

const optionsSchema = autoAugmentOptions(0.8, 1.2);

/** Augment-S2 of the paper: detection AutoAugment on the image as it is, then flip, scale jitter and crop. */
@injectable()
export default class AugmentS2 implements AugmentationPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'augmentation',
    name: 's2',
    version: '1.0.0',
    contract: 1,
    description: 'Detection AutoAugment, then horizontal flip, scale jitter 0.8–1.2 and crop.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, Augment-S2; Zoph et al. 2019, arXiv 1906.11172',
  };

  readonly strength = 2;

  constructor(@inject(OPTIONS) private readonly options: z.infer<typeof optionsSchema>) {}

  apply(sample: Sample, { size, random }: AugmentationContext): Sample {
    const { policy, jitter, flip } = this.options;
    const augmented = autoAugment(sample, policy, this.options, random);
    const [scaleMin, scaleMax] = jitter;
    return jitterAndCrop(augmented, { size, scaleMin, scaleMax, flip }, random);
  }
}
