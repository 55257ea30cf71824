import { describe, expect, it } from 'vitest';
import {
  type AugmentationPlugin,
  createImage,
  createRandom,
  type PluginClass,
  type Sample,
} from '../../src/contract';

/** A grey image with noise, and two objects of which one touches the border. */
function exampleSample(width: number, height: number): Sample {
  const image = createImage(width, height, [90, 120, 150]);
  const random = createRandom('example');
  for (let i = 0; i < image.data.length; i++) image.data[i]! += random.integer(60);
  return {
    image,
    objects: [
      { xMin: 0, yMin: 0, xMax: width / 2, yMax: height / 3, category: 0 },
      { xMin: width / 4, yMin: height / 4, xMax: width / 2, yMax: height / 2, category: 1, score: 0.6 },
    ],
  };
}

/** What every augmentation here must do. */
export function describeAugmentation(
  plugin: PluginClass<AugmentationPlugin>,
  expected: { readonly name: string; readonly strength: number },
): void {
  const make = (options: object = {}) =>
    new (plugin as unknown as new (options: unknown) => AugmentationPlugin)(
      plugin.plugin.options.parse(options),
    );
  const apply = (sample: Sample, seed: number, options: object = {}) =>
    make(options).apply(sample, {
      size: 64,
      random: createRandom(seed),
      another: () => exampleSample(20, 20),
    });

  describe(expected.name, () => {
    it('says who it is', () => {
      expect(plugin.plugin).toMatchObject({ kind: 'augmentation', name: expected.name, contract: 1 });
      expect(make().strength).toBe(expected.strength);
    });

    it('fits any image into the input, with boxes inside that have some extent', () => {
      for (const [width, height] of [
        [96, 64],
        [30, 200],
        [64, 64],
        [3, 5],
      ] as const) {
        for (let seed = 0; seed < 25; seed++) {
          const { image, objects } = apply(exampleSample(width, height), seed);
          expect(Math.max(image.width, image.height)).toBeLessThanOrEqual(64);
          for (const { xMin, yMin, xMax, yMax } of objects) {
            expect(0 <= xMin && xMin < xMax && xMax <= image.width).toBe(true);
            expect(0 <= yMin && yMin < yMax && yMax <= image.height).toBe(true);
          }
        }
      }
    });

    it('is a pure function of sample and draws', () => {
      const sample = exampleSample(80, 50);
      const before = sample.image.data.slice();
      const once = apply(sample, 1);
      expect(apply(sample, 1)).toEqual(once);
      expect(apply(sample, 2)).not.toEqual(once);
      expect(Buffer.compare(sample.image.data, before)).toBe(0);
    });

    it('keeps the class of an image without objects', () => {
      expect(apply({ ...exampleSample(40, 40), objects: [], label: 7 }, 3)).toMatchObject({
        objects: [],
        label: 7,
      });
    });

    it('refuses options that it does not know, and bounds the wrong way round', () => {
      expect(plugin.plugin.options.safeParse({ jiter: 1 }).success).toBe(false);
      expect(plugin.plugin.options.safeParse({ jitter: [2, 1] }).success).toBe(false);
    });
  });
}
