import { type RandomSource, type RgbImage, type Sample, type SampleObject } from '../../../src/contract';
import { type Constants, paperConstants, scaleConstants, valueAt } from './levels';
import { applyOperation, isPerBox, type OperationName } from './operations';
import { policies, type PolicyName } from './policies';
import { type Box, type Boxed } from './types';

/** Options that AutoAugment and RandAugment share. */
export interface AugmentSettings {
  /**
   * Longer side in pixels of the images that the paper's pixel quantities were made for; they are scaled to other
   * images. Absent: the same number of pixels for every image, as in the paper.
   */
  readonly referenceSide?: number;
  /** Keep a box that was pushed out of the image, as a strip at its border, as the paper's code does. */
  readonly keepVanished: boolean;
}

/** One sub-policy, picked at random, its steps in order, each with its probability. */
export function autoAugment(
  sample: Sample,
  policy: PolicyName,
  settings: AugmentSettings,
  random: RandomSource,
): Sample {
  const constants = constantsFor(sample.image, settings);
  return augment(sample, settings, (start) => {
    let boxed = start;
    for (const [name, probability, level] of random.pick(policies[policy])) {
      const value = valueAt(name, level, constants, random);
      // Operations on single boxes take their probability themselves.
      if (!isPerBox(name) && !random.chance(probability)) continue;
      boxed = apply(boxed, name, value, probability, random);
    }
    return boxed;
  });
}

/** `layers` operations drawn uniformly with replacement, all at one magnitude, always applied. */
export function randAugment(
  sample: Sample,
  options: {
    readonly layers: number;
    readonly magnitude: number;
    readonly operations: readonly OperationName[];
  },
  settings: AugmentSettings,
  random: RandomSource,
): Sample {
  const constants = constantsFor(sample.image, settings);
  return augment(sample, settings, (start) => {
    let boxed = start;
    for (let layer = 0; layer < options.layers; layer++) {
      const name = random.pick(options.operations);
      boxed = apply(boxed, name, valueAt(name, options.magnitude, constants, random), 1, random);
    }
    return boxed;
  });
}

function apply(
  boxed: Boxed,
  name: OperationName,
  value: number,
  probability: number,
  random: RandomSource,
): Boxed {
  const operation = { name, value, probability };
  if (!isPerBox(name)) return applyOperation(boxed, operation, random);
  const shuffled = { image: boxed.image, boxes: random.shuffle(boxed.boxes) };
  return { image: applyOperation(shuffled, operation, random).image, boxes: boxed.boxes };
}

function constantsFor({ width, height }: RgbImage, { referenceSide }: AugmentSettings): Constants {
  return referenceSide === undefined
    ? paperConstants
    : scaleConstants(paperConstants, Math.max(width, height) / referenceSide);
}

function augment(sample: Sample, settings: AugmentSettings, change: (boxed: Boxed) => Boxed): Sample {
  const { image, objects } = sample;
  const before = objects.map((object) => boxOf(object, image));
  const after = change({ image, boxes: before });
  return {
    ...sample,
    image: after.image,
    objects: objects.flatMap((object, i) => moved(object, before[i]!, after.boxes[i]!, image, settings)),
  };
}

function boxOf({ yMin, xMin, yMax, xMax }: SampleObject, { width, height }: RgbImage): Box {
  return [yMin / height, xMin / width, yMax / height, xMax / width];
}

function moved(
  object: SampleObject,
  before: Box,
  after: Box,
  { width, height }: RgbImage,
  { keepVanished }: AugmentSettings,
): SampleObject[] {
  // An untouched box keeps its coordinates to the last digit.
  if (before === after) return [object];
  const [yMin, xMin, yMax, xMax] = after;
  if (yMax <= yMin || xMax <= xMin) return [];
  if (!keepVanished && (isStrip(yMin, yMax) || isStrip(xMin, xMax))) return [];
  return [{ ...object, yMin: yMin * height, xMin: xMin * width, yMax: yMax * height, xMax: xMax * width }];
}

/** What a box becomes that was pushed out of the image. */
function isStrip(min: number, max: number): boolean {
  return (min === 0 && max === 0.05) || (min === 1 - 0.05 && max === 1);
}
