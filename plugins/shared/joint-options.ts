import { z } from 'zod';

/** How much of the classification data stands beside the detection data in a step. */
export const jointOptions = z.strictObject({
  classificationShare: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'classification images in a step, as a multiple of the labelled ones' }),
  classificationWeight: z
    .number()
    .positive()
    .default(1)
    .meta({ description: 'weight of the classification loss' }),
});
