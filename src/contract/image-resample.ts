import { flipImage } from './image';
import { type ResizeAndCrop } from './image-resize';
import { type RgbImage } from './sample';

// Weights are whole numbers, so that the loops stay in integer arithmetic, much faster here than floating point.
// 8 bits of colour + 11 + 12 bits of weight fill a signed 32-bit number. An interpolated value is wrong by at most
// 255 · (2⁻¹² + 2⁻¹³) = 0.094 of 255 before it is rounded.
const columnBits = 11;
const rowBits = 12;
const shift = columnBits + rowBits;
const half = 1 << (shift - 1);

/** Source rows are scaled in bands that stay in the processor's cache: so many values, and two or three rows more. */
const bandValues = 1 << 16;
// A constant, because the compiler then knows its address and length: a fifth faster than a buffer that may be replaced.
const band = new Int32Array(1 << 18);
const maxWidth = (band.length - bandValues) / 3 / 3;

/**
 * Bilinear sampling with source = target · in / out (`align_corners=false, half_pixel_centers=false` of TensorFlow),
 * which is what the paper's code does. `out` receives `window.width * window.height * 3` values.
 */
export function resampleBilinear(image: RgbImage, window: ResizeAndCrop, out: Uint8Array): void {
  if (window.width > maxWidth) throw new RangeError(`a picture ${window.width} pixels wide`);
  const ratioX = image.width / window.scaledWidth;
  const ratioY = image.height / window.scaledHeight;
  if (ratioX === 1 && ratioY === 1) {
    copyWindow(window.flip ? flipImage(image) : image, window, out);
    return;
  }
  const columns = tableOf(window.width, window.offsetX, ratioX, image.width, columnBits);
  const rows = tableOf(window.height, window.offsetY, ratioY, image.height, rowBits);
  for (let x = 0; x < window.width; x++) {
    columns.near[x] = 3 * (window.flip ? image.width - 1 - columns.near[x]! : columns.near[x]!);
    columns.far[x] = 3 * (window.flip ? image.width - 1 - columns.far[x]! : columns.far[x]!);
  }
  const row = window.width * 3;
  const bandHeight = Math.max(1, Math.floor(bandValues / row / Math.max(1, ratioY)));
  for (let start = 0; start < window.height; start += bandHeight) {
    const end = Math.min(start + bandHeight, window.height);
    const first = rows.near[start]!;
    const count = rows.far[end - 1]! - first + 1;
    scaleRows(image.data, first * image.width * 3, image.width * 3, count, columns);
    blendRows(rows, start, end, first, row, out);
  }
}

/**
 * The same sampling without any rounding, in floating point: what the paper's code computes, several times slower.
 * @param out receives `window.width * window.height * 3` values, 0 … 255
 */
export function sampleBilinear(image: RgbImage, window: ResizeAndCrop, out: Float32Array): void {
  const { data, width, height } = image;
  const axis = (position: number, length: number) => {
    const near = Math.min(Math.floor(position), length - 1);
    return { near, far: Math.min(near + 1, length - 1), share: position - near };
  };
  const value = (y: number, x: number, c: number) =>
    data[(y * width + (window.flip ? width - 1 - x : x)) * 3 + c]!;
  for (let y = 0, to = 0; y < window.height; y++) {
    const row = axis(((y + window.offsetY) * height) / window.scaledHeight, height);
    for (let x = 0; x < window.width; x++) {
      const column = axis(((x + window.offsetX) * width) / window.scaledWidth, width);
      const along = (line: number, c: number) => {
        const near = value(line, column.near, c);
        return near + (value(line, column.far, c) - near) * column.share;
      };
      for (let c = 0; c < 3; c++) {
        const near = along(row.near, c);
        out[to++] = near + (along(row.far, c) - near) * row.share;
      }
    }
  }
}

function copyWindow(image: RgbImage, window: ResizeAndCrop, out: Uint8Array): void {
  const row = window.width * 3;
  for (let y = 0; y < window.height; y++) {
    const from = ((y + window.offsetY) * image.width + window.offsetX) * 3;
    out.set(image.data.subarray(from, from + row), y * row);
  }
}

/** For each target position: the two source positions between which it lies, and the weight of the far one. */
interface Table {
  readonly near: Int32Array;
  readonly far: Int32Array;
  readonly weight: Int32Array;
}

function tableOf(length: number, offset: number, ratio: number, sourceLength: number, bits: number): Table {
  const near = new Int32Array(length);
  const far = new Int32Array(length);
  const weight = new Int32Array(length);
  const last = sourceLength - 1;
  for (let i = 0; i < length; i++) {
    const position = (i + offset) * ratio;
    const from = Math.min(Math.floor(position), last);
    near[i] = from;
    far[i] = Math.min(from + 1, last);
    weight[i] = Math.round((position - from) * (1 << bits));
  }
  return { near, far, weight };
}

/** Scales `count` source rows along x into `band`. */
function scaleRows(source: Uint8Array, start: number, stride: number, count: number, columns: Table): void {
  const { near, far, weight } = columns;
  const scaled = band;
  const length = near.length;
  for (let y = 0, to = 0, from = start; y < count; y++, from += stride) {
    for (let x = 0; x < length; x++, to += 3) {
      const a = (from + near[x]!) | 0;
      const b = (from + far[x]!) | 0;
      const share = weight[x]!;
      const red = source[a]!;
      const green = source[a + 1]!;
      const blue = source[a + 2]!;
      scaled[to] = (red << columnBits) + Math.imul(source[b]! - red, share);
      scaled[to + 1] = (green << columnBits) + Math.imul(source[b + 1]! - green, share);
      scaled[to + 2] = (blue << columnBits) + Math.imul(source[b + 2]! - blue, share);
    }
  }
}

/** Blends the rows of `band`, whose first is source row `first`, into target rows `start` … `end` − 1. */
function blendRows(
  rows: Table,
  start: number,
  end: number,
  first: number,
  row: number,
  out: Uint8Array,
): void {
  const scaled = band;
  for (let y = start, to = start * row; y < end; y++) {
    let near = ((rows.near[y]! - first) * row) | 0;
    let far = ((rows.far[y]! - first) * row) | 0;
    const share = rows.weight[y]!;
    for (const stop = to + row; to < stop; to++, near++, far++) {
      const value = scaled[near]!;
      out[to] = ((value << rowBits) + Math.imul(scaled[far]! - value, share) + half) >> shift;
    }
  }
}
