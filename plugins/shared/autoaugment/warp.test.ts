import { expect, it } from 'vitest';
import { createRandom, type RgbImage } from '../../../src/contract';
import { fill } from './types';
import { shearX, shearY, translateX } from './warp';

const { fround } = Math;

/** The reference's rule as it is written: float32 all the way, then the nearest pixel, half away from zero. */
function plain(image: RgbImage, sourceOf: (x: number, y: number) => [x: number, y: number]): number[] {
  const { width, height, data } = image;
  const round = (value: number) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
  return Array.from({ length: data.length }, (_, i) => {
    const at = Math.floor(i / 3);
    const [x, y] = sourceOf(at % width, Math.floor(at / width)).map(round) as [number, number];
    return x >= 0 && x < width && y >= 0 && y < height ? data[(y * width + x) * 3 + (i % 3)]! : fill;
  });
}

function noise(width: number, height: number): RgbImage {
  const random = createRandom('warp');
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)) };
}

// Levels and shifts at which many sources lie in the middle between two pixels, and others.
it.each([0.3, -0.3, 0.5, -0.25, 0.06, 0.1234567])('rounds as float32 does: shear by %f', (level) => {
  const image = noise(150, 110);
  const by = fround(level);
  const alongX = plain(image, (x, y) => [fround(x + fround(by * y)), y]);
  const alongY = plain(image, (x, y) => [x, fround(fround(by * x) + y)]);
  expect(Buffer.compare(shearX(image, level).data, Uint8Array.from(alongX))).toBe(0);
  expect(Buffer.compare(shearY(image, level).data, Uint8Array.from(alongY))).toBe(0);
});

it.each([0.5, -0.5, 33.5, -7.49999, 12, 1000])('rounds as float32 does: shift by %f', (pixels) => {
  const image = noise(150, 11);
  const wanted = plain(image, (x, y) => [fround(x + fround(pixels)), y]);
  expect(Buffer.compare(translateX(image, pixels).data, Uint8Array.from(wanted))).toBe(0);
});
