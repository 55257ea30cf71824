import { createRandom, RethinkError } from '../../contract';
import { type Dataset, type DatasetImage } from './types';

/** What of a `DataSelection` decides the images. */
export interface ImageSelection {
  /** Share of the images, above 0 up to 1. */
  readonly fraction: number;
  readonly splitSeed: number;
  /** Keep the shares of the classes (of detection data: of each image's rarest class). */
  readonly stratified?: boolean;
  /** What the fraction leaves instead. */
  readonly rest?: boolean;
  /** A smaller fraction, whose images are left out. */
  readonly after?: number;
}

/**
 * The first part of one seeded order of all images, so that smaller fractions are parts of larger ones. At least
 * one image; the whole set for a fraction of 1.
 *
 * With `rest`, the others: none for a fraction of 1. With `after`, those of the fraction that a smaller one has not.
 *
 * @returns indices into `dataset.images`, ascending
 * @throws RethinkError `FRACTION` for a share outside (0, 1]
 */
export function selectImages(dataset: Pick<Dataset, 'images'>, selection: ImageSelection): number[] {
  const { fraction, rest = false, after } = selection;
  if (!(fraction > 0 && fraction <= 1)) {
    throw new RethinkError('FRACTION', `A fraction must be above 0 and at most 1, got ${fraction}.`);
  }
  const { length } = dataset.images;
  if (fraction === 1 && after === undefined) return rest ? [] : Array.from({ length }, (_, i) => i);
  const count = fractionSize(length, fraction);
  const order = imageOrder(dataset.images, selection);
  const chosen = rest
    ? order.slice(count)
    : order.slice(after === undefined ? 0 : fractionSize(length, after), count);
  return chosen.sort((a, b) => a - b);
}

/** How many of the images a fraction keeps: at least one, of those that there are. */
export function fractionSize(imageCount: number, fraction: number): number {
  return Math.min(imageCount, Math.max(1, Math.round(fraction * imageCount)));
}

function imageOrder(images: readonly DatasetImage[], { splitSeed, stratified }: ImageSelection): number[] {
  const random = createRandom(`split/${splitSeed}`);
  const shuffled = random.shuffle(images.map((_, i) => i));
  if (stratified !== true) return shuffled;
  const strata = new Map<number, number[]>();
  const frequency = classFrequency(images);
  for (const i of shuffled) {
    const stratum = stratumOf(images[i]!, frequency);
    strata.set(stratum, [...(strata.get(stratum) ?? []), i]);
  }
  // Each stratum spreads evenly over [0, 1), with a different offset: every prefix has its share of each.
  const placed: { at: number; i: number }[] = [];
  for (const [stratum, members] of [...strata].sort(([a], [b]) => a - b)) {
    const offset = random.fork(stratum).uniform();
    members.forEach((i, rank) => placed.push({ at: (rank + offset) / members.length, i }));
  }
  return placed.sort((a, b) => a.at - b.at || a.i - b.i).map(({ i }) => i);
}

function classesOf(image: DatasetImage): number[] {
  return image.label === undefined ? image.objects.map(({ category }) => category) : [image.label];
}

function classFrequency(images: readonly DatasetImage[]): Map<number, number> {
  const frequency = new Map<number, number>();
  for (const image of images) {
    for (const category of new Set(classesOf(image))) {
      frequency.set(category, (frequency.get(category) ?? 0) + 1);
    }
  }
  return frequency;
}

/** The image's rarest class; −1 without any. */
function stratumOf(image: DatasetImage, frequency: ReadonlyMap<number, number>): number {
  let rarest = -1;
  for (const category of classesOf(image)) {
    const count = frequency.get(category) ?? 0;
    const least = rarest === -1 ? Infinity : frequency.get(rarest)!;
    if (count < least || (count === least && category < rarest)) rarest = category;
  }
  return rarest;
}
