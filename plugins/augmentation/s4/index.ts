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
import { randAugmentOptions } from '../../shared/augment-options';
import { randAugment } from '../../shared/autoaugment/augment';
import { randAugmentOperations } from '../../shared/autoaugment/policies';

const optionsSchema = randAugmentOptions(0.5, 2);

/** Augment-S4 of the paper: RandAugment on the image as it is, then flip, wide scale jitter and crop. */
@injectable()
export default class AugmentS4 implements AugmentationPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'augmentation',
    name: 's4',
    version: '1.0.0',
    contract: 1,
    description: 'RandAugment, then horizontal flip, scale jitter 0.5–2.0 and crop.',
    options: optionsSchema,
    source: 'Zoph et al. 2020, Augment-S4; Cubuk et al. 2019, arXiv 1909.13719',
  };

  readonly strength = 4;

  constructor(@inject(OPTIONS) private readonly options: z.infer<typeof optionsSchema>) {}

  apply(sample: Sample, { size, random }: AugmentationContext): Sample {
    const { layers, magnitude, jitter, flip } = this.options;
    const augmented = randAugment(
      sample,
      { layers, magnitude, operations: randAugmentOperations },
      this.options,
      random,
    );
    const [scaleMin, scaleMax] = jitter;
    return jitterAndCrop(augmented, { size, scaleMin, scaleMax, flip }, random);
  }
}
