import { type RgbImage } from '../../../src/contract';
import { withData } from './types';

// The reference computes in float32: so must this, or values on the edge of two bytes fall to the other side.
const { fround } = Math;

/** A table of 256 bytes for each channel. */
type Tables = readonly [Uint8Array, Uint8Array, Uint8Array];

function look(image: RgbImage, [red, green, blue]: Tables): RgbImage {
  const { data } = image;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    out[i] = red[data[i]!]!;
    out[i + 1] = green[data[i + 1]!]!;
    out[i + 2] = blue[data[i + 2]!]!;
  }
  return withData(image, out);
}

/** The same table for all channels. */
function lookAll(image: RgbImage, table: (value: number) => number): RgbImage {
  const values = Uint8Array.from({ length: 256 }, (_, value) => table(value));
  return look(image, [values, values, values]);
}

function perChannel(image: RgbImage, table: (counts: Uint32Array) => Uint8Array): RgbImage {
  const [red, green, blue] = histograms(image);
  return look(image, [table(red), table(green), table(blue)]);
}

/** Counts of each value, by channel. */
function histograms({ data }: RgbImage): [Uint32Array, Uint32Array, Uint32Array] {
  const red = new Uint32Array(256);
  const green = new Uint32Array(256);
  const blue = new Uint32Array(256);
  // In one pass: neighbouring values are often equal, and successive increments of one counter wait for each other.
  for (let i = 0; i < data.length; i += 3) {
    red[data[i]!]!++;
    green[data[i + 1]!]!++;
    blue[data[i + 2]!]!++;
  }
  return [red, green, blue];
}

const identity = Uint8Array.from({ length: 256 }, (_, value) => value);

/** Stretches each channel to 0…255. */
export function autoContrast(image: RgbImage): RgbImage {
  return perChannel(image, (counts) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return identity;
    const scale = fround(255 / (high - low));
    const offset = fround(-low * scale);
    return Uint8Array.from({ length: 256 }, (_, value) => clip(fround(fround(value * scale) + offset)));
  });
}

/** Equalises each channel's histogram, by Pillow's rule. */
export function equalise(image: RgbImage): RgbImage {
  return perChannel(image, (counts) => {
    const total = image.width * image.height;
    const last = counts.findLast((count) => count > 0) ?? 0;
    const step = Math.floor((total - last) / 255);
    if (step === 0) return identity;
    const table = new Uint8Array(256);
    let sum = 0;
    for (let value = 0; value < 256; value++) {
      table[value] = value === 0 ? 0 : Math.min(255, Math.floor((sum + Math.floor(step / 2)) / step));
      sum += counts[value]!;
    }
    return table;
  });
}

/** Keeps the highest bits. 0 bits act as 1: the reference shifts bytes by at most 7. */
export function posterise(image: RgbImage, bits: number): RgbImage {
  const shift = Math.min(7, 8 - bits);
  return lookAll(image, (value) => (value >> shift) << shift);
}

/** Inverts values from the threshold on. 256, level 10, is 0 as a byte in the reference: all are inverted. */
export function solarise(image: RgbImage, threshold: number): RgbImage {
  const limit = threshold & 255;
  return lookAll(image, (value) => (value < limit ? value : 255 - value));
}

/** Adds to the values below 128. */
export function solariseAdd(image: RgbImage, addition: number): RgbImage {
  return lookAll(image, (value) => (value < 128 ? Math.min(255, Math.max(0, value + addition)) : value));
}

/** Towards black (0) and away from it. */
export function brightness(image: RgbImage, factor: number): RgbImage {
  return blendConstant(image, 0, factor);
}

/** Towards the mean grey value and away from it. */
export function contrast(image: RgbImage, factor: number): RgbImage {
  const { data } = image;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += grey(data[i]!, data[i + 1]!, data[i + 2]!);
  return blendConstant(image, Math.trunc(sum / (image.width * image.height)), factor);
}

/** Towards grey and away from it. */
export function colour(image: RgbImage, factor: number): RgbImage {
  if (factor === 1) return image;
  const { data } = image;
  const out = new Uint8Array(data.length);
  const blended = blends(factor);
  for (let i = 0; i < data.length; i += 3) {
    const red = data[i]!;
    const green = data[i + 1]!;
    const blue = data[i + 2]!;
    const tone = grey(red, green, blue) << 8;
    out[i] = blended[tone | red]!;
    out[i + 1] = blended[tone | green]!;
    out[i + 2] = blended[tone | blue]!;
  }
  return withData(image, out);
}

/** Towards a smoothed image (3 × 3, centre 5, others 1, of 13) and away from it; the border is not smoothed. */
export function sharpness(image: RgbImage, factor: number): RgbImage {
  if (factor === 1) return image;
  const { width, height, data } = image;
  const out = data.slice();
  const row = width * 3;
  const blended = blends(factor);
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + 3; i < (y + 1) * row - 3; i++) {
      const around =
        data[i - row - 3]! +
        data[i - row]! +
        data[i - row + 3]! +
        data[i - 3]! +
        data[i + 3]! +
        data[i + row - 3]! +
        data[i + row]! +
        data[i + row + 3]!;
      const value = data[i]!;
      const smooth = ((around + 5 * value) / 13) | 0;
      out[i] = blended[(smooth << 8) | value]!;
    }
  }
  return withData(image, out);
}

function blendConstant(image: RgbImage, constant: number, factor: number): RgbImage {
  if (factor === 1) return image;
  const share = fround(factor);
  return lookAll(image, (value) => blend(constant, value, share));
}

/** Every blend of two bytes, at 256 · from + to, of the factors used last: a policy has only few. */
const known = new Map<number, Uint8Array>();
const mostKnown = 16;

function blends(factor: number): Uint8Array {
  let table = known.get(factor);
  if (table === undefined) {
    if (known.size === mostKnown) known.clear();
    const share = fround(factor);
    table = Uint8Array.from({ length: 1 << 16 }, (_, i) => blend(i >> 8, i & 255, share));
    known.set(factor, table);
  }
  return table;
}

/** from + share · (to − from) in float32, cut to bytes. `share` is a float32. */
function blend(from: number, to: number, share: number): number {
  return clip(fround(from + fround(share * (to - from))));
}

function clip(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

const byte = fround(1 / 255);
const shares = [0.2989, 0.587, 0.114] as const;
const [redPart, greenPart, bluePart] = shares.map((share) =>
  Float32Array.from({ length: 256 }, (_, value) => fround(fround(value * byte) * fround(share))),
) as [Float32Array, Float32Array, Float32Array];

/** The same as integers with 22 binary digits after the point. */
const bits = 22;
const [redUnits, greenUnits, blueUnits] = [redPart, greenPart, bluePart].map((part) =>
  Int32Array.from(part, (value) => Math.round(value * 255.5 * 2 ** bits)),
) as [Int32Array, Int32Array, Int32Array];
/** More units than float32 and integers differ by: its three roundings are off by 2⁵ each, the parts by a half. */
const margin = 256;

/** TensorFlow's grey value of bytes, which goes through 0…1: int((x / 255 · weights) · 255.5). */
function grey(red: number, green: number, blue: number): number {
  const units = (redUnits[red]! + greenUnits[green]! + blueUnits[blue]!) | 0;
  // Where float32 may round to another integer, it decides.
  if (((units + margin) & (2 ** bits - 1)) >= 2 * margin) return units >> bits;
  const sum = fround(fround(redPart[red]! + greenPart[green]!) + bluePart[blue]!);
  return Math.trunc(fround(sum * 255.5));
}
