import { z } from 'zod';
import { policies, type PolicyName } from './autoaugment/policies';
import { jitterOptions } from './jitter-options';

const common = {
  referenceSide: z.number().positive().optional().meta({
    description:
      'longer side of the images that shifts and cutouts were made for, in pixels (640 suits the paper’s); other images’ are scaled. Absent: the paper’s numbers of pixels for every image',
  }),
  keepVanished: z.boolean().default(true).meta({
    description:
      'keep a box that was pushed out of the image as a strip at its border, as the paper’s code does',
  }),
};

/** Options of detection AutoAugment with flip and jitter; the bounds are the defaults of the jitter. */
export function autoAugmentOptions(low: number, high: number) {
  return jitterOptions(low, high).extend({
    policy: z
      .enum(Object.keys(policies) as [PolicyName, ...PolicyName[]])
      .default('v0')
      .meta({ description: 'policy of detection AutoAugment' }),
    ...common,
  });
}

/** Options of RandAugment with flip and jitter. */
export function randAugmentOptions(low: number, high: number) {
  return jitterOptions(low, high).extend({
    layers: z.int().min(0).max(10).default(1).meta({ description: 'operations an image' }),
    magnitude: z.number().min(0).max(30).default(10).meta({ description: 'strength of each operation' }),
    ...common,
  });
}
