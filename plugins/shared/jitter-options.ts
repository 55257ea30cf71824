import { z } from 'zod';

const scale = z.number().positive().max(10);

/** Options of random mirroring and scale jitter; the bounds are the defaults of the jitter. */
export function jitterOptions(low: number, high: number) {
  return z.strictObject({
    flip: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta({ description: 'probability of mirroring left to right' }),
    jitter: z
      .tuple([scale, scale])
      .refine(([least, most]) => least <= most, 'the first bound is above the second')
      .default([low, high])
      .meta({ description: 'bounds of the random scale; 1 fits the image into the input' }),
  });
}
