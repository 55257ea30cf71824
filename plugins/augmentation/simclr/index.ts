import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type AugmentationContext,
  type AugmentationPlugin,
  OPTIONS,
  type PluginManifest,
  type RandomSource,
  resizeAndCrop,
  type Sample,
} from '../../../src/contract';
import { blur, jitterColour, toGrey } from './colour';

const probability = z.number().min(0).max(1);

const optionsSchema = z.strictObject({
  areaMin: z
    .number()
    .gt(0)
    .max(1)
    .default(0.08)
    .meta({ description: 'least share of the image that a view shows' }),
  flip: probability.default(0.5).meta({ description: 'probability of mirroring left to right' }),
  strength: z.number().min(0).max(1.25).default(1).meta({ description: 'strength of the colour jitter' }),
  jitter: probability.default(0.8).meta({ description: 'probability of colour jitter' }),
  grey: probability.default(0.2).meta({ description: 'probability of losing all colour' }),
  blur: probability.default(0.5).meta({ description: 'probability of a blur' }),
});

/** Aspect ratios of a view against the image's own. */
const ASPECT = [3 / 4, 4 / 3] as const;
/** Deviations of the blur, in pixels of a view with that side. */
const BLUR = { deviation: [0.1, 2], side: 224 } as const;

/** A view for contrastive learning: random resized crop, mirroring, colour jitter, grey, blur (SimCLR, appendix A). */
@injectable()
export default class SimclrView implements AugmentationPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'augmentation',
    name: 'simclr',
    version: '1.0.0',
    contract: 1,
    description:
      'Random resized crop, horizontal flip, colour jitter, grey and blur: a view for contrastive learning.',
    options: optionsSchema,
    source: 'Chen et al. 2020, arXiv 2002.05709, appendix A',
  };

  readonly strength = 5;

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  apply(sample: Sample, { size, random }: AugmentationContext): Sample {
    const { areaMin, flip, strength, jitter, grey, blur: blurred } = this.options;
    const cropped = resizedCrop(sample, size, areaMin, random.chance(flip), random);
    let { image } = cropped;
    if (random.chance(jitter)) image = jitterColour(image, strength, random);
    if (random.chance(grey)) image = toGrey(image);
    if (random.chance(blurred)) {
      const [least, most] = BLUR.deviation;
      image = blur(image, (random.between(least, most) * size) / BLUR.side);
    }
    return { ...cropped, image };
  }
}

/** A part of the image, of random area and aspect, stretched to the whole input. */
function resizedCrop(
  sample: Sample,
  size: number,
  areaMin: number,
  flip: boolean,
  random: RandomSource,
): Sample {
  const area = random.between(areaMin, 1);
  const aspect = Math.exp(random.between(Math.log(ASPECT[0]), Math.log(ASPECT[1])));
  const share = (root: number) => Math.min(1, Math.sqrt(area) * root);
  const scaledWidth = Math.max(size, Math.round(size / share(Math.sqrt(aspect))));
  const scaledHeight = Math.max(size, Math.round(size / share(1 / Math.sqrt(aspect))));
  return resizeAndCrop(sample, {
    scaledWidth,
    scaledHeight,
    offsetX: random.integer(scaledWidth - size + 1),
    offsetY: random.integer(scaledHeight - size + 1),
    width: size,
    height: size,
    flip,
  });
}
