import { z } from 'zod';
import { RethinkError, type SampleObject } from '../../contract';
import { readJson } from '../../core/json/read-json';
import { readCocoIndex } from './coco-index';
import { type Category } from './types';

/** Labels that a detector gave to images, by the images' ids. */
export interface PseudoLabels {
  readonly categories: readonly Category[];
  readonly objects: ReadonlyMap<number, readonly SampleObject[]>;
  /** Classes of whole images instead, by the images' ids; images without one are left out. */
  readonly classes?: ReadonlyMap<number, number>;
}

const pseudoClassesFile = z.object({
  classes: z.array(z.object({ id: z.int(), name: z.string() })),
  images: z.array(z.object({ id: z.int(), class: z.int().min(0), score: z.number() })),
});
/** What a classifier's stage writes: indices into `classes`, with their probabilities. */
export type PseudoClassesFile = z.infer<typeof pseudoClassesFile>;

/** Reads the classes that a classifier gave to images. @throws RethinkError `PSEUDO_CLASSES` */
export function readPseudoClasses(file: string): PseudoLabels {
  const parsed = pseudoClassesFile.safeParse(readJson(file));
  if (!parsed.success) {
    throw new RethinkError('PSEUDO_CLASSES', parsed.error.issues[0]!.message, {
      location: { file, path: parsed.error.issues[0]!.path.join('.') },
    });
  }
  const { classes, images } = parsed.data;
  return {
    categories: classes,
    objects: new Map(),
    classes: new Map(images.map((image) => [image.id, image.class])),
  };
}

/** Reads COCO annotations with `score`, and `ignore: 1` on regions that are neither object nor background. */
export function readPseudoLabels(file: string): PseudoLabels {
  const { categories, images } = readCocoIndex(file);
  return { categories, objects: new Map(images.map(({ id, objects }) => [id, objects])) };
}
