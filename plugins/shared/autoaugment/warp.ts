import { type RgbImage } from '../../../src/contract';
import { fill, withData } from './types';

const { fround } = Math;

/** Source x = a·x + b·y + c, source y = d·x + e·y + f. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * Takes each pixel from the nearest one (half away from zero) at its source; the outside is filled. Bit-equal to
 * float32, in which the reference's projective transform computes, but in integers, which is faster, except where a
 * source is so close to the middle between two pixels that rounding decides.
 */
function warp(image: RgbImage, transform: Affine): RgbImage {
  const [a, b, c, d, e, f] = transform.map(fround) as unknown as Affine;
  const out = new Uint8Array(image.data.length).fill(fill);
  const x = axisOf(image, a, b, c);
  const y = axisOf(image, d, e, f);
  if (a === 1 && d === 0) shiftRows(image, x, y, out);
  else gather(image, x, y, out);
  return withData(image, out);
}

/** One coordinate of the source, along · x + down · y + offset. */
interface Axis {
  readonly along: number;
  readonly down: number;
  readonly offset: number;
  /** Binary digits after the point of the integers, which stay below 2³⁰. */
  readonly bits: number;
  /** along · x for each x, as integers. */
  readonly columns: Int32Array;
}

/**
 * More units of the last bit than float32 and integers differ by: its two sums are wrong by 2⁻²⁴ of less than 2³⁰
 * each, the integers by half a unit for each of their two terms.
 */
const margin = 160;

function axisOf({ width, height }: RgbImage, along: number, down: number, offset: number): Axis {
  const reach = Math.abs(along) * width + Math.abs(down) * height + Math.abs(offset) + 1;
  const bits = Math.max(0, Math.min(20, 29 - Math.ceil(Math.log2(reach))));
  const columns = Int32Array.from({ length: width }, (_, x) => Math.round(fround(along * x) * 2 ** bits));
  return { along, down, offset, bits, columns };
}

/** The nearest pixel, as float32 has it. */
function nearest({ along, down, offset }: Axis, x: number, y: number): number {
  return roundAway(fround(fround(fround(along * x) + fround(down * y)) + offset));
}

/** A row's part of the integers, with the half that makes truncation round. */
function rowPart({ down, offset, bits }: Axis, y: number): number {
  return Math.round((fround(down * y) + offset + 0.5) * 2 ** bits);
}

/** Rows that move as a whole are copied. */
function shiftRows(image: RgbImage, axisX: Axis, axisY: Axis, out: Uint8Array): void {
  const { width, height, data } = image;
  const unit = 2 ** axisX.bits;
  for (let y = 0; y < height; y++) {
    const sourceY = nearest(axisY, 0, y);
    if (sourceY < 0 || sourceY >= height) continue;
    const position = rowPart(axisX, y);
    const fraction = position & (unit - 1);
    if (fraction < margin || fraction >= unit - margin) {
      gatherRow(image, axisX, y, sourceY, out);
      continue;
    }
    const by = position >> axisX.bits;
    const first = Math.max(0, by);
    const last = Math.min(width, width + by);
    if (first >= last) continue;
    const from = sourceY * width * 3;
    out.set(data.subarray(from + first * 3, from + last * 3), (y * width + first - by) * 3);
  }
}

/** A row that float32 rounds apart. */
function gatherRow(image: RgbImage, axisX: Axis, y: number, sourceY: number, out: Uint8Array): void {
  const { width, data } = image;
  for (let x = 0, to = y * width * 3; x < width; x++, to += 3) {
    const sourceX = nearest(axisX, x, y);
    if (sourceX < 0 || sourceX >= width) continue;
    const from = (sourceY * width + sourceX) * 3;
    out[to] = data[from]!;
    out[to + 1] = data[from + 1]!;
    out[to + 2] = data[from + 2]!;
  }
}

function gather(image: RgbImage, axisX: Axis, axisY: Axis, out: Uint8Array): void {
  const { width, height, data } = image;
  const { bits: bitsX, columns: columnsX } = axisX;
  const { bits: bitsY, columns: columnsY } = axisY;
  const maskX = 2 ** bitsX - 1;
  const maskY = 2 ** bitsY - 1;
  for (let y = 0, to = 0; y < height; y++) {
    const rowX = rowPart(axisX, y) | 0;
    const rowY = rowPart(axisY, y) | 0;
    for (let x = 0; x < width; x++, to += 3) {
      const positionX = (columnsX[x]! + rowX) | 0;
      const positionY = (columnsY[x]! + rowY) | 0;
      let sourceX = positionX >> bitsX;
      let sourceY = positionY >> bitsY;
      if (((positionX + margin) & maskX) < 2 * margin) sourceX = nearest(axisX, x, y) | 0;
      if (((positionY + margin) & maskY) < 2 * margin) sourceY = nearest(axisY, x, y) | 0;
      // As unsigned numbers, negative ones are too large.
      if (sourceX >>> 0 >= width || sourceY >>> 0 >= height) continue;
      const from = Math.imul(Math.imul(sourceY, width) + sourceX, 3);
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
  }
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
