import type { PluginTemplate } from './template';

export const augmentationTemplate: PluginTemplate = ({ name, className }) => ({
  'index.ts': `import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type AugmentationContext,
  type AugmentationPlugin,
  jitterAndCrop,
  OPTIONS,
  type PluginManifest,
  type Sample,
} from 'rethink-bench/contract';

const optionsSchema = z.strictObject({
  brightness: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .meta({ description: 'largest change of brightness, as a fraction' }),
});

/** Flips, scales and crops like the weakest built-in augmentation, and makes images brighter or darker. */
@injectable()
export default class ${className} implements AugmentationPlugin {
  static readonly plugin: PluginManifest = {
    kind: 'augmentation',
    name: '${name}',
    version: '0.1.0',
    contract: 1,
    description: 'Horizontal flip, scale jitter 0.8–1.2, crop and random brightness.',
    options: optionsSchema,
  };

  /** Rank among augmentations: 0 for none, the higher the stronger. */
  readonly strength = 2;

  constructor(@inject(OPTIONS) private readonly options: z.output<typeof optionsSchema>) {}

  apply(sample: Sample, { size, random }: AugmentationContext): Sample {
    const moved = jitterAndCrop(sample, { size, scaleMin: 0.8, scaleMax: 1.2, flip: 0.5 }, random);
    const { brightness } = this.options;
    const factor = 1 + random.between(-brightness, brightness);
    const { width, height, data } = moved.image;
    // A new array: the pixels of the given sample must not change.
    return { ...moved, image: { width, height, data: data.map((value) => Math.min(255, value * factor)) } };
  }
}
`,
  'index.test.ts': `import { createImage, createRandom, type Sample } from 'rethink-bench/contract';
import { describePlugin, makePlugin } from 'rethink-bench/contract/testing';
import { expect, it } from 'vitest';
import ${className} from './index';

describePlugin(${className});

it('does not change the colours without brightness', () => {
  const sample: Sample = { image: createImage(32, 32, [10, 20, 30]), objects: [] };
  const augmented = makePlugin(${className}, { brightness: 0 }).apply(sample, {
    size: 32,
    random: createRandom(1),
    another: () => sample,
  });
  expect([...augmented.image.data.slice(0, 3)]).toEqual([10, 20, 30]);
});
`,
  'README.md': `# augmentation \`${name}\`

What it does, and why it should help.

| option       | default | meaning                                      |
| ------------ | ------- | -------------------------------------------- |
| \`brightness\` | \`0.2\`   | largest change of brightness, as a fraction |
`,
});
