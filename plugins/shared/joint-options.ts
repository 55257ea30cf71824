import { z } from 'zod';

/** The classification data's part in a step, beside the detection data. */
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
