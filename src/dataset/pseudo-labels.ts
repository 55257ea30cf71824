import { type SampleObject } from '../contract';
import { parseCoco } from './coco/parse-annotations';
import { readJsonFile } from './coco/read-json';
import { type Category } from './types';

/** Labels that a detector gave to pictures, by the pictures' ids. */
export interface PseudoLabels {
  readonly categories: readonly Category[];
  readonly objects: ReadonlyMap<number, readonly SampleObject[]>;
}

/** Reads COCO annotations with `score`, and `ignore: 1` on regions that are neither object nor background. */
export async function readPseudoLabels(file: string): Promise<PseudoLabels> {
  const { categories, images } = parseCoco(await readJsonFile(file), file);
  return { categories, objects: new Map(images.map(({ id, objects }) => [id, objects])) };
}
