import { z } from 'zod';
import { classificationNames, detectionNames, otherDetectionNames } from './names';

/** npm packages of drawings, `@iconify-json/<style>`; all draw the same things, each in its own way. */
export const styles = ['noto', 'twemoji', 'openmoji', 'fluent-emoji-flat', 'emojione', 'fxemoji'] as const;
export type Style = (typeof styles)[number];

const styleList = z.array(z.enum(styles)).min(1);
const share = z.number().gt(0).max(1);

const objects = z
  .strictObject({
    min: z.int().min(1).default(1).describe('fewest objects in a scene'),
    max: z.int().min(1).default(4).describe('most objects in a scene'),
    sizeMin: share.default(0.19).describe("least longer side of a drawing, as a share of the scene's side"),
    sizeMax: share.default(0.6).describe("greatest longer side of a drawing, as a share of the scene's side"),
  })
  .refine(({ min, max }) => min <= max, 'min is above max')
  .refine(({ sizeMin, sizeMax }) => sizeMin <= sizeMax, 'sizeMin is above sizeMax');

const classification = z.strictObject({
  classes: z.int().min(2).max(classificationNames.length).default(100).describe('classes of single drawings'),
  perClass: z.int().min(1).default(40).describe('images of each class'),
  size: z.int().min(16).max(512).default(64).describe('side of an image in pixels'),
});

const otherDetection = z.strictObject({
  classes: z.int().min(1).max(otherDetectionNames.length).default(10).describe('classes of the other task'),
  images: z.int().min(1).default(500).describe('scenes of the other task'),
});

/** What scenes to generate. Every pool comes from the seed by draws of its own: changing one leaves the others. */
export const scenesSpec = z.strictObject({
  seed: z.int().default(1).describe('decides every scene'),
  size: z.int().min(32).max(1024).default(96).describe('side of a scene in pixels'),
  classes: z.int().min(1).max(detectionNames.length).default(6).describe('classes to detect'),
  objects: objects.prefault({}).describe('how many objects, and how large'),
  distractors: z.int().min(0).max(8).default(1).describe('most drawings without a label in a scene'),
  rotation: z.number().min(0).max(180).default(25).describe('greatest turn of a drawing in degrees'),
  occlusion: z
    .number()
    .min(0)
    .max(0.8)
    .default(0.3)
    .describe('greatest share of an object that others or the border may hide'),
  clutter: z.number().min(0).max(1).default(0.5).describe('share of backgrounds with shapes strewn over'),
  styles: styleList.default([...styles]).describe('styles of the drawings'),
  validationStyles: styleList.optional().describe('styles of validation scenes, where they differ'),
  train: z.int().min(1).default(500).describe('labelled scenes for training'),
  val: z.int().min(1).default(200).describe('scenes for validation'),
  unlabelled: z.int().min(0).default(0).describe('scenes whose truth is hidden, for pseudo-labels'),
  classification: classification.optional().describe('images of single other drawings, a folder a class'),
  otherDetection: otherDetection.optional().describe('scenes with objects of other classes'),
});
export type ScenesSpec = z.infer<typeof scenesSpec>;
