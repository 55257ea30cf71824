import { z } from 'zod';
import { scenesSpec } from './scenes/spec';

const path = z.string().min(1);

const unlabelled = z.strictObject({
  images: path.describe('folder of images'),
  annotations: path
    .optional()
    .describe('COCO file that lists them; boxes in it are hidden from training and measure pseudo-labels'),
});

const detection = z.strictObject({
  annotations: path.describe('COCO annotation file'),
  images: path.describe('folder of its images'),
});

const coco = z
  .strictObject({
    train: path.describe('COCO annotation file for training'),
    val: path.describe('COCO annotation file for validation'),
    images: path.optional().describe('folder of all images'),
    trainImages: path.optional().describe('folder of the training images, where it is another one'),
    valImages: path.optional().describe('folder of the validation images, where it is another one'),
    unlabelled: unlabelled.optional().describe('images to pseudo-label'),
    categories: z
      .array(z.union([z.string().min(1), z.int()]))
      .min(1)
      .refine((names) => new Set(names).size === names.length, { error: 'The list has duplicates.' })
      .optional()
      .describe(
        'names or ids of the categories to train and score on (default: all); boxes of others are dropped, images without a box stay',
      ),
  })
  .refine(
    ({ images, trainImages, valImages }) =>
      images !== undefined || (trainImages !== undefined && valImages !== undefined),
    { error: 'name the folder of the images: images, or trainImages and valImages' },
  );

const declared = z.strictObject({
  images: z.int().positive(),
  categories: z.int().positive(),
});

/** The data of a benchmark, by role. Paths start at the benchmark file; `${NAME}` is taken from the environment. */
export const datasetSpec = z
  .strictObject({
    scenes: scenesSpec.optional().describe('generated scenes: no download'),
    coco: coco.optional().describe('COCO-format data on disk'),
    classification: z
      .strictObject({ folders: path.describe('folder with one sub-folder of images a class') })
      .optional()
      .describe('classification data on disk'),
    otherDetection: detection.optional().describe('detection data with other categories'),
    declared: z
      .strictObject({
        labelled: declared,
        validation: declared,
        unlabelled: declared.optional(),
        classification: declared.optional(),
        otherDetection: declared.optional(),
      })
      .optional()
      .describe(
        'how many images and categories each role has: lets `plan` count and cost the benchmark where the data are not',
      ),
  })
  .refine(({ scenes, coco }) => (scenes === undefined) !== (coco === undefined), {
    error: 'name one source of detection data: scenes or coco',
  });
export type DatasetSpec = z.infer<typeof datasetSpec>;
