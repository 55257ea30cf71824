import { flipImage, type RgbImage } from '../../../src/contract';
import { rotateBox, shearBox, translateBox } from './box-geometry';
import {
  autoContrast,
  brightness,
  colour,
  contrast,
  equalise,
  posterise,
  sharpness,
  solarise,
  solariseAdd,
} from './colour-ops';
import { boxCutout, cutout } from './cutout';
import { applyPerBox } from './per-box';
import { type Box, type Boxed, type Draws } from './types';
import { rotate, shearX, shearY, translateX, translateY } from './warp';

/** The operations of detection AutoAugment, by the names of the reference code. */
export const operationNames = [
  'AutoContrast',
  'Equalize',
  'Posterize',
  'Solarize',
  'SolarizeAdd',
  'Color',
  'Contrast',
  'Brightness',
  'Sharpness',
  'Cutout',
  'BBox_Cutout',
  'Rotate_BBox',
  'TranslateX_BBox',
  'TranslateY_BBox',
  'ShearX_BBox',
  'ShearY_BBox',
  'Rotate_Only_BBoxes',
  'ShearX_Only_BBoxes',
  'ShearY_Only_BBoxes',
  'TranslateX_Only_BBoxes',
  'TranslateY_Only_BBoxes',
  'Flip_Only_BBoxes',
  'Solarize_Only_BBoxes',
  'Equalize_Only_BBoxes',
  'Cutout_Only_BBoxes',
] as const;
export type OperationName = (typeof operationNames)[number];

/** An operation with its final argument (none: 0) and, for operations on single boxes, their probability. */
export interface Operation {
  readonly name: OperationName;
  /**
   * Bits, threshold, addition, factor, half a cutout's side in pixels, share of a box, degrees, pixels or slope,
   * signs included.
   */
  readonly value: number;
  /** Of a `…_Only_BBoxes` operation; 3 applies it to every box. */
  readonly probability: number;
  /** Of `BBox_Cutout`: fill with the box's mean colour instead of grey. */
  readonly replaceWithMean?: boolean;
}

/** Whether an operation draws for each box whether to act on it. */
export function isPerBox(name: OperationName): boolean {
  return name.endsWith('_Only_BBoxes');
}

/**
 * Applies one operation, pixel by pixel as google/automl's `efficientdet/aug/autoaugment.py` does.
 *
 * @see https://arxiv.org/abs/1906.11172
 */
export function applyOperation(boxed: Boxed, operation: Operation, draws: Draws): Boxed {
  const { name, value, probability, replaceWithMean } = operation;
  const { image, boxes } = boxed;
  const coloured = (result: RgbImage): Boxed => ({ image: result, boxes });
  const moved = (result: RgbImage, move: (box: Box) => Box): Boxed => ({
    image: result,
    boxes: boxes.map(move),
  });
  const perBox = (change: (part: RgbImage) => RgbImage): Boxed =>
    applyPerBox(boxed, probability, change, draws);
  switch (name) {
    case 'AutoContrast':
      return coloured(autoContrast(image));
    case 'Equalize':
      return coloured(equalise(image));
    case 'Posterize':
      return coloured(posterise(image, value));
    case 'Solarize':
      return coloured(solarise(image, value));
    case 'SolarizeAdd':
      return coloured(solariseAdd(image, value));
    case 'Color':
      return coloured(colour(image, value));
    case 'Contrast':
      return coloured(contrast(image, value));
    case 'Brightness':
      return coloured(brightness(image, value));
    case 'Sharpness':
      return coloured(sharpness(image, value));
    case 'Cutout':
      return coloured(cutout(image, value, draws));
    case 'BBox_Cutout':
      return boxCutout(boxed, value, replaceWithMean ?? false, draws);
    case 'Rotate_BBox':
      return moved(rotate(image, value), (box) => rotateBox(box, image, value));
    case 'TranslateX_BBox':
      return moved(translateX(image, value), (box) => translateBox(box, image, value, 'x'));
    case 'TranslateY_BBox':
      return moved(translateY(image, value), (box) => translateBox(box, image, value, 'y'));
    case 'ShearX_BBox':
      return moved(shearX(image, value), (box) => shearBox(box, image, value, 'x'));
    case 'ShearY_BBox':
      return moved(shearY(image, value), (box) => shearBox(box, image, value, 'y'));
    case 'Rotate_Only_BBoxes':
      return perBox((part) => rotate(part, value));
    case 'ShearX_Only_BBoxes':
      return perBox((part) => shearX(part, value));
    case 'ShearY_Only_BBoxes':
      return perBox((part) => shearY(part, value));
    case 'TranslateX_Only_BBoxes':
      return perBox((part) => translateX(part, value));
    case 'TranslateY_Only_BBoxes':
      return perBox((part) => translateY(part, value));
    case 'Flip_Only_BBoxes':
      return perBox(flipImage);
    case 'Solarize_Only_BBoxes':
      return perBox((part) => solarise(part, value));
    case 'Equalize_Only_BBoxes':
      return perBox(equalise);
    case 'Cutout_Only_BBoxes':
      return perBox((part) => cutout(part, value, draws));
  }
}
