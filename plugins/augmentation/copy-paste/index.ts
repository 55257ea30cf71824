import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type AugmentationContext,
  type AugmentationPlugin,
  jitterAndCrop,
  OPTIONS,
  type PluginManifest,
  type RandomSource,
  type RgbImage,
  type Sample,
  type SampleObject,
} from '../../../src/contract';

const probability = z.number().min(0).max(1);

const optionsSchema = z.strictObject({
  paste: probability
    .default(0.5)
    .meta({ description: 'probability that an image gets objects of another one' }),
  share: probability
    .default(0.5)
    .meta({ description: 'probability of each object of the other image to be pasted' }),
  visible: probability
    .default(0.4)
    .meta({ description: 'objects with a smaller visible share afterwards lose their box' }),
});

/** Mirrors, scales and crops; then pastes objects of another image, as boxes of pixels. */
@injectable()
export default class CopyPaste implements AugmentationPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'augmentation',
    name: 'copy-paste',
    version: '1.0.0',
    contract: 1,
    description: 'Flip, scale jitter and crop; then objects of another image are pasted in.',
    options: optionsSchema,
    source: 'Ghiasi et al. 2021, arXiv 2012.07177',
  };

  readonly strength = 2;

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  apply(sample: Sample, { size, random, another }: AugmentationContext): Sample {
    const jitter = { size, scaleMin: 0.8, scaleMax: 1.2, flip: 0.5 };
    const base = jitterAndCrop(sample, jitter, random);
    // An image with a class would become an image of two classes.
    if (sample.label !== undefined || !random.chance(this.options.paste)) return base;
    const donor = jitterAndCrop(another(), jitter, random);
    return paste(base, donor, this.chosen(donor, base.image, random), this.options.visible);
  }

  private chosen(donor: Sample, { width, height }: RgbImage, random: RandomSource): SampleObject[] {
    return donor.objects
      .filter(({ crowd, ignore }) => random.chance(this.options.share) && crowd !== true && ignore !== true)
      .map((object) => ({
        ...object,
        xMax: Math.min(object.xMax, width),
        yMax: Math.min(object.yMax, height),
      }))
      .filter(({ xMin, yMin, xMax, yMax }) => xMax - xMin >= 1 && yMax - yMin >= 1);
  }
}

/** Pastes the objects' pixels, and leaves the boxes of which enough can be seen. */
function paste(base: Sample, donor: Sample, objects: readonly SampleObject[], visible: number): Sample {
  const { width, height } = base.image;
  const data = base.image.data.slice();
  // Which object a pixel shows: 0 for the image's own.
  const shows = new Uint16Array(width * height);
  objects.forEach((object, index) => {
    eachPixel(object, width, height, (x, y) => {
      const from = (y * donor.image.width + x) * 3;
      data.set(donor.image.data.subarray(from, from + 3), (y * width + x) * 3);
      shows[y * width + x] = index + 1;
    });
  });
  const isSeen = (object: SampleObject, mark: number): boolean => {
    let seen = 0;
    let all = 0;
    eachPixel(object, width, height, (x, y) => {
      all++;
      if (shows[y * width + x] === mark) seen++;
    });
    return all > 0 && seen / all >= visible;
  };
  return {
    ...base,
    image: { width, height, data },
    objects: [
      ...base.objects.filter((object) => isSeen(object, 0)),
      ...objects.filter((object, index) => isSeen(object, index + 1)),
    ],
  };
}

function eachPixel(
  { xMin, yMin, xMax, yMax }: SampleObject,
  width: number,
  height: number,
  visit: (x: number, y: number) => void,
): void {
  for (let y = Math.floor(yMin); y < Math.min(Math.ceil(yMax), height); y++) {
    for (let x = Math.floor(xMin); x < Math.min(Math.ceil(xMax), width); x++) visit(x, y);
  }
}
