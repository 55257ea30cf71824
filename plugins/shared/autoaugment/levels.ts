import { type OperationName } from './operations';
import { type Draws } from './types';

/** Pixel quantities at level 10, in pixels of the image before it is resized, and one share. */
export interface Constants {
  /** Half the side of a cutout. */
  readonly cutout: number;
  /** Half the side of a cutout within a box. */
  readonly cutoutBox: number;
  /** Shift of the whole image. */
  readonly translate: number;
  /** Shift of a box's content. */
  readonly translateBox: number;
  /** Share of a box's sides that a box cutout takes. */
  readonly padFraction: number;
}

/** Those of the paper's code, for images of about 640 pixels. */
export const paperConstants: Constants = {
  cutout: 100,
  cutoutBox: 50,
  translate: 250,
  translateBox: 120,
  padFraction: 0.75,
};

/** Pixel quantities multiplied: shares stay. */
export function scaleConstants(constants: Constants, factor: number): Constants {
  return {
    cutout: constants.cutout * factor,
    cutoutBox: constants.cutoutBox * factor,
    translate: constants.translate * factor,
    translateBox: constants.translateBox * factor,
    padFraction: constants.padFraction,
  };
}

/** An operation's value at a level, without a sign. Level 10 is the most of AutoAugment; RandAugment may go beyond. */
export function magnitudeAt(name: OperationName, level: number, constants: Constants): number {
  const share = level / 10;
  switch (name) {
    case 'AutoContrast':
    case 'Equalize':
    case 'Flip_Only_BBoxes':
    case 'Equalize_Only_BBoxes':
      return 0;
    case 'Posterize':
      return Math.trunc(share * 4);
    case 'Solarize':
    case 'Solarize_Only_BBoxes':
      return Math.trunc(share * 256);
    case 'SolarizeAdd':
      return Math.trunc(share * 110);
    case 'Color':
    case 'Contrast':
    case 'Brightness':
    case 'Sharpness':
      return share * 1.8 + 0.1;
    case 'Cutout':
      return Math.trunc(share * constants.cutout);
    case 'Cutout_Only_BBoxes':
      return Math.trunc(share * constants.cutoutBox);
    case 'BBox_Cutout':
      return share * constants.padFraction;
    case 'Rotate_BBox':
    case 'Rotate_Only_BBoxes':
      return share * 30;
    case 'ShearX_BBox':
    case 'ShearY_BBox':
    case 'ShearX_Only_BBoxes':
    case 'ShearY_Only_BBoxes':
      return share * 0.3;
    case 'TranslateX_BBox':
    case 'TranslateY_BBox':
      return share * constants.translate;
    case 'TranslateX_Only_BBoxes':
    case 'TranslateY_Only_BBoxes':
      return share * constants.translateBox;
  }
}

/** The value at a level, with a sign drawn for operations that have two directions. */
export function valueAt(name: OperationName, level: number, constants: Constants, draws: Draws): number {
  const value = magnitudeAt(name, level, constants);
  const directed = /^(Rotate|Shear|Translate)/.test(name);
  return directed && draws.uniform() < 0.5 ? -value : value;
}
