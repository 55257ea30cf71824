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

type Apply = (boxed: Boxed, operation: Operation, draws: Draws) => Boxed;
type Change = (image: RgbImage, value: number, draws: Draws) => RgbImage;

const coloured =
  (change: Change): Apply =>
  ({ image, boxes }, { value }, draws) => ({ image: change(image, value, draws), boxes });

const moved =
  (warp: Change, move: (box: Box, image: RgbImage, value: number) => Box): Apply =>
  ({ image, boxes }, { value }, draws) => ({
    image: warp(image, value, draws),
    boxes: boxes.map((box) => move(box, image, value)),
  });

const perBox =
  (change: Change): Apply =>
  (boxed, { value, probability }, draws) =>
    applyPerBox(boxed, probability, (part) => change(part, value, draws), draws);

const operations = {
  AutoContrast: coloured(autoContrast),
  Equalize: coloured(equalise),
  Posterize: coloured(posterise),
  Solarize: coloured(solarise),
  SolarizeAdd: coloured(solariseAdd),
  Color: coloured(colour),
  Contrast: coloured(contrast),
  Brightness: coloured(brightness),
  Sharpness: coloured(sharpness),
  Cutout: coloured(cutout),
  BBox_Cutout: (boxed: Boxed, { value, replaceWithMean = false }: Operation, draws: Draws) =>
    boxCutout(boxed, value, replaceWithMean, draws),
  Rotate_BBox: moved(rotate, rotateBox),
  TranslateX_BBox: moved(translateX, (box, image, value) => translateBox(box, image, value, 'x')),
  TranslateY_BBox: moved(translateY, (box, image, value) => translateBox(box, image, value, 'y')),
  ShearX_BBox: moved(shearX, (box, image, value) => shearBox(box, image, value, 'x')),
  ShearY_BBox: moved(shearY, (box, image, value) => shearBox(box, image, value, 'y')),
  Rotate_Only_BBoxes: perBox(rotate),
  ShearX_Only_BBoxes: perBox(shearX),
  ShearY_Only_BBoxes: perBox(shearY),
  TranslateX_Only_BBoxes: perBox(translateX),
  TranslateY_Only_BBoxes: perBox(translateY),
  Flip_Only_BBoxes: perBox(flipImage),
  Solarize_Only_BBoxes: perBox(solarise),
  Equalize_Only_BBoxes: perBox(equalise),
  Cutout_Only_BBoxes: perBox(cutout),
};

export type OperationName = keyof typeof operations;

/** The operations of detection AutoAugment, by the names of the reference code. */
export const operationNames = Object.keys(operations) as OperationName[];

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
  return operations[operation.name](boxed, operation, draws);
}
