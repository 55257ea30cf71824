import { type RgbImage } from '../../../src/contract';
import { toPixels } from './box-geometry';
import { type Boxed, type Draws, withData } from './types';

/**
 * Applies an operation to the pixels of single boxes, each with a third of the probability, in the order given; a
 * later box sees what earlier ones did. The boxes themselves stay. Draws: u for each box, then the operation's own.
 */
export function applyPerBox(
  { image, boxes }: Boxed,
  probability: number,
  operation: (part: RgbImage) => RgbImage,
  draws: Draws,
): Boxed {
  let result = image;
  for (const box of boxes) {
    // As the reference has it: floor(u + p) is 1 with probability p, and always where p ≥ 1.
    if (Math.floor(Math.fround(draws.uniform() + probability / 3)) < 1) continue;
    const pixels = toPixels(box, image);
    const top = pixels.yMin;
    const left = pixels.xMin;
    const height = Math.min(pixels.yMax, image.height - 1) - top + 1;
    const width = Math.min(pixels.xMax, image.width - 1) - left + 1;
    if (width < 1 || height < 1) continue;
    const part = operation(cut(result, left, top, width, height));
    if (result === image) result = withData(image, image.data.slice());
    paste(result, part, left, top);
  }
  return { image: result, boxes };
}

function cut(image: RgbImage, left: number, top: number, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/** Into an image that nobody else holds. */
function paste(image: RgbImage, part: RgbImage, left: number, top: number): void {
  const row = part.width * 3;
  for (let y = 0; y < part.height; y++) {
    image.data.set(part.data.subarray(y * row, (y + 1) * row), ((top + y) * image.width + left) * 3);
  }
}
