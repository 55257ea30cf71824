import { type RgbImage } from '../../../src/contract';
import { fill, withData } from './types';

const { fround } = Math;

/** Source x = a·x + b·y + c, source y = d·x + e·y + f. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * Takes each pixel from the nearest one (half away from zero) at its source; what lies outside is filled. In float32,
 * as the reference's projective transform.
 */
function warp(image: RgbImage, transform: Affine): RgbImage {
  const { width, height, data } = image;
  const [a, b, c, d, e, f] = transform.map(fround) as unknown as Affine;
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    const byX = fround(b * y);
    const byY = fround(e * y);
    for (let x = 0; x < width; x++, to += 3) {
      const sourceX = roundAway(fround(fround(fround(a * x) + byX) + c));
      const sourceY = roundAway(fround(fround(fround(d * x) + byY) + f));
      if (sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height) {
        const from = (sourceY * width + sourceX) * 3;
        out[to] = data[from]!;
        out[to + 1] = data[from + 1]!;
        out[to + 2] = data[from + 2]!;
      } else {
        out[to] = fill;
        out[to + 1] = fill;
        out[to + 2] = fill;
      }
    }
  }
  return withData(image, out);
}

function roundAway(value: number): number {
  return value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
}

export function translateX(image: RgbImage, pixels: number): RgbImage {
  return warp(image, [1, 0, pixels, 0, 1, 0]);
}

export function translateY(image: RgbImage, pixels: number): RgbImage {
  return warp(image, [1, 0, 0, 0, 1, pixels]);
}

export function shearX(image: RgbImage, level: number): RgbImage {
  return warp(image, [1, level, 0, 0, 1, 0]);
}

export function shearY(image: RgbImage, level: number): RgbImage {
  return warp(image, [1, 0, 0, level, 1, 0]);
}

/** About the centre of the pixels, ((w − 1) / 2, (h − 1) / 2). */
export function rotate(image: RgbImage, degrees: number): RgbImage {
  const radians = fround((degrees * Math.PI) / 180);
  const cos = fround(Math.cos(radians));
  const sin = fround(Math.sin(radians));
  const right = image.width - 1;
  const bottom = image.height - 1;
  const offsetX = fround(fround(right - fround(fround(cos * right) - fround(sin * bottom))) / 2);
  const offsetY = fround(fround(bottom - fround(fround(sin * right) + fround(cos * bottom))) / 2);
  return warp(image, [cos, -sin, offsetX, sin, cos, offsetY]);
}
