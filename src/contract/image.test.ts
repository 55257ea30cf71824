import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createImage,
  createRandom,
  cropWindow,
  fit,
  flip,
  jitterAndCrop,
  MEAN_COLOUR,
  pasteTopLeft,
  resizeAndCropImage,
  type RgbImage,
  roundHalfToEven,
  type Sample,
} from '.';

const side = fc.integer({ min: 1, max: 40 });

/** Noise of the given size. */
function noise(width: number, height: number, seed: number): RgbImage {
  const random = createRandom(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)) };
}

/** A black image with a white rectangle and its box. */
function marked(width: number, height: number, box: readonly [number, number, number, number]): Sample {
  const image = createImage(width, height, [0, 0, 0]);
  const [xMin, yMin, xMax, yMax] = box;
  for (let y = yMin; y < yMax; y++) image.data.fill(255, (y * width + xMin) * 3, (y * width + xMax) * 3);
  return { image, objects: [{ xMin, yMin, xMax, yMax, category: 0 }] };
}

/** Bilinear sampling as it is written in a book, in double precision. */
function plainBilinear(image: RgbImage, x: number, y: number, channel: number): number {
  const x0 = Math.min(Math.floor(x), image.width - 1);
  const y0 = Math.min(Math.floor(y), image.height - 1);
  const x1 = Math.min(x0 + 1, image.width - 1);
  const y1 = Math.min(y0 + 1, image.height - 1);
  const at = (px: number, py: number) => image.data[(py * image.width + px) * 3 + channel]!;
  const top = at(x0, y0) + (at(x1, y0) - at(x0, y0)) * (x - x0);
  const bottom = at(x0, y1) + (at(x1, y1) - at(x0, y1)) * (x - x0);
  return top + (bottom - top) * (y - y0);
}

describe('resizeAndCropImage', () => {
  it('agrees with plain bilinear sampling, mirrored or not, in any window', () => {
    fc.assert(
      fc.property(
        side, side, side, fc.double({ min: 0.3, max: 2.5, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }), fc.boolean(), fc.nat(),
        (width, height, size, scale, u, mirrored, seed) => {
          const image = noise(width, height, seed);
          const window = { ...cropWindow(image, size, scale, u, 1 - u), flip: mirrored };
          const result = resizeAndCropImage(image, window);
          const source = mirrored ? flip({ image, objects: [] }).image : image;
          for (let y = 0; y < result.height; y++) {
            for (let x = 0; x < result.width; x++) {
              for (let c = 0; c < 3; c++) {
                const wanted = plainBilinear(
                  source,
                  ((x + window.offsetX) * width) / window.scaledWidth,
                  ((y + window.offsetY) * height) / window.scaledHeight,
                  c,
                );
                expect(Math.abs(result.data[(y * result.width + x) * 3 + c]! - wanted)).toBeLessThan(0.6);
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    ); // prettier-ignore
  });

  it('handles images larger than one band of rows', () => {
    const image = noise(700, 300, 1);
    const window = cropWindow(image, 900, 1, 0, 0);
    const whole = resizeAndCropImage(image, window);
    const strip = resizeAndCropImage(image, { ...window, offsetY: 200, height: 5 });
    const row = whole.width * 3;
    expect(Buffer.compare(strip.data, whole.data.subarray(200 * row, 205 * row))).toBe(0);
  });

  it('copies an image that has its size already', () => {
    const image = noise(17, 9, 2);
    expect(fit({ image, objects: [] }, 17).image).toEqual(image);
  });
});

describe('jitterAndCrop', () => {
  it('moves boxes with their pixels and keeps them inside', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const sample = marked(60, 40, [20, 10, 44, 30]);
        const options = { size: 48, scaleMin: 0.5, scaleMax: 2, flip: 0.5 };
        const { image, objects } = jitterAndCrop(sample, options, createRandom(seed));
        expect(Math.max(image.width, image.height)).toBeLessThanOrEqual(48);
        const white = whiteBox(image);
        if (white === undefined) return expect(objects.length).toBeLessThanOrEqual(1);
        const [box] = objects;
        expect(box).toBeDefined();
        // Bilinear sampling at the pixels' corners spreads an edge over at most one scaled pixel.
        const slack = 2.5;
        expect(Math.abs(box!.xMin - white.xMin)).toBeLessThan(slack);
        expect(Math.abs(box!.yMin - white.yMin)).toBeLessThan(slack);
        expect(Math.abs(box!.xMax - white.xMax)).toBeLessThan(slack);
        expect(Math.abs(box!.yMax - white.yMax)).toBeLessThan(slack);
        expect(box!.xMin).toBeGreaterThanOrEqual(0);
        expect(box!.yMin).toBeGreaterThanOrEqual(0);
        expect(box!.xMax).toBeLessThanOrEqual(image.width);
        expect(box!.yMax).toBeLessThanOrEqual(image.height);
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same for the same draws, and another for others', () => {
    const sample = { image: noise(30, 30, 3), objects: [] };
    const options = { size: 32, scaleMin: 0.8, scaleMax: 1.2, flip: 0.5 };
    const once = jitterAndCrop(sample, options, createRandom('a'));
    expect(jitterAndCrop(sample, options, createRandom('a'))).toEqual(once);
    expect(jitterAndCrop(sample, options, createRandom('b'))).not.toEqual(once);
  });
});

describe('small helpers', () => {
  it('flips twice to the same', () => {
    const sample: Sample = { ...marked(13, 7, [2, 1, 6, 5]), label: 3 };
    expect(flip(flip(sample))).toEqual(sample);
    expect(flip(sample).objects).toEqual([{ xMin: 7, yMin: 1, xMax: 11, yMax: 5, category: 0 }]);
  });

  it('rounds half to even', () => {
    expect([0.5, 1.5, 2.5, 16.5, 16.51, 3].map(roundHalfToEven)).toEqual([0, 2, 2, 16, 17, 3]);
  });

  it('pads with the mean colour', () => {
    const target = createImage(4, 3).data;
    pasteTopLeft(target.subarray(0, 36), 4, createImage(2, 2, [1, 2, 3]));
    expect([...target.subarray(0, 9)]).toEqual([1, 2, 3, 1, 2, 3, ...MEAN_COLOUR]);
    expect([...target.subarray(33)]).toEqual([...MEAN_COLOUR]);
  });
});

function whiteBox(image: RgbImage) {
  let found: { xMin: number; yMin: number; xMax: number; yMax: number } | undefined;
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      if (image.data[(y * image.width + x) * 3]! < 128) continue;
      found ??= { xMin: x, yMin: y, xMax: x + 1, yMax: y + 1 };
      found.xMin = Math.min(found.xMin, x);
      found.xMax = Math.max(found.xMax, x + 1);
      found.yMax = y + 1;
    }
  }
  return found;
}
