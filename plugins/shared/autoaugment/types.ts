import { type RandomSource, type RgbImage } from '../../../src/contract';

/** [yMin, xMin, yMax, xMax] in shares of the image's sides, as the reference code has them. */
export type Box = readonly [yMin: number, xMin: number, yMax: number, xMax: number];

/** An image with its boxes, on its way through the operations. Box i stays box i. */
export interface Boxed {
  readonly image: RgbImage;
  readonly boxes: readonly Box[];
}

/** What an operation may draw from. */
export type Draws = Pick<RandomSource, 'uniform' | 'integer'>;

/** Value that fills pixels from outside, in all three channels. */
export const fill = 128;

/** An image of the same size with new values. */
export function withData({ width, height }: RgbImage, data: Uint8Array): RgbImage {
  return { width, height, data };
}
