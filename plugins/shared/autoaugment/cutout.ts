import { fillColour, type RgbImage } from '../../../src/contract';
import { toPixels } from './box-geometry';
import { type Boxed, type Draws, fill, withData } from './types';

/** Fills a square of twice `padSize` around a random pixel. Draws: row, column. */
export function cutout(image: RgbImage, padSize: number, draws: Draws): RgbImage {
  const centreY = draws.integer(image.height);
  const centreX = draws.integer(image.width);
  return fillRectangle(image, centreY, centreX, padSize, padSize, grey);
}

/**
 * Fills a part of a random box, `padFraction` of its sides, with grey or with the box's mean colour (truncated).
 * Draws: box, row and column within it.
 */
export function boxCutout(
  { image, boxes }: Boxed,
  padFraction: number,
  replaceWithMean: boolean,
  draws: Draws,
): Boxed {
  if (boxes.length === 0) return { image, boxes };
  const { yMin, xMin, yMax, xMax } = toPixels(boxes[draws.integer(boxes.length)]!, image);
  const height = yMax - yMin + 1;
  const width = xMax - xMin + 1;
  const padY = Math.trunc(padFraction * (height / 2));
  const padX = Math.trunc(padFraction * (width / 2));
  const centreY = yMin + draws.integer(height);
  const centreX = xMin + draws.integer(width);
  const colour = replaceWithMean ? meanColour(image, { yMin, xMin, yMax, xMax }) : grey;
  return { image: fillRectangle(image, centreY, centreX, padY, padX, colour), boxes };
}

type Colour = readonly [number, number, number];
const grey: Colour = [fill, fill, fill];

function meanColour(
  image: RgbImage,
  box: { yMin: number; xMin: number; yMax: number; xMax: number },
): Colour {
  const sums: [number, number, number] = [0, 0, 0];
  const bottom = Math.min(box.yMax, image.height - 1);
  const right = Math.min(box.xMax, image.width - 1);
  for (let y = box.yMin; y <= bottom; y++) {
    for (let x = box.xMin; x <= right; x++) {
      const i = (y * image.width + x) * 3;
      for (let c = 0; c < 3; c++) sums[c]! += image.data[i + c]!;
    }
  }
  const count = Math.max(1, (bottom - box.yMin + 1) * (right - box.xMin + 1));
  return sums.map((sum) => Math.trunc(sum / count)) as unknown as Colour;
}

function fillRectangle(
  image: RgbImage,
  centreY: number,
  centreX: number,
  padY: number,
  padX: number,
  colour: Colour,
): RgbImage {
  const { width, height } = image;
  const left = Math.max(0, centreX - padX);
  const right = Math.min(width, centreX + padX);
  const bottom = Math.min(height, centreY + padY);
  if (right <= left) return image;
  const data = image.data.slice();
  for (let y = Math.max(0, centreY - padY); y < bottom; y++) {
    fillColour(data.subarray((y * width + left) * 3, (y * width + right) * 3), colour);
  }
  return withData(image, data);
}
