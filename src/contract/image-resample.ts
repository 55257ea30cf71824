import { flipImage } from './image';
import { type RgbImage } from './sample';
import { type ResizeAndCrop } from './image';

// Weights are whole numbers, so that the loops stay in integer arithmetic, much faster here than floating point.
// 8 bits of colour + 11 + 12 bits of weight fill a signed 32-bit number. An interpolated value is wrong by at most
// 255 · (2⁻¹² + 2⁻¹³) = 0.094 of 255 before it is rounded.
const columnBits = 11;
const rowBits = 12;
const shift = columnBits + rowBits;
const half = 1 << (shift - 1);

/** The two source rows, scaled along x, around a target row: they stay in the processor's first cache. */
// A constant, because the compiler then knows its address and length: a fifth faster than a buffer that may be replaced.
const pair = new Int32Array(1 << 17);
const maxWidth = Math.floor(pair.length / 2 / 3);

/**
 * Bilinear sampling with source = target · in / out (`align_corners=false, half_pixel_centers=false` of TensorFlow),
 * which is what the paper's code does. `out` receives `window.width * window.height * 3` values.
 */
export function resampleBilinear(image: RgbImage, window: ResizeAndCrop, out: Uint8Array): void {
  if (window.width > maxWidth) throw new RangeError(`an image ${window.width} pixels wide`);
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
  const stride = image.width * 3;
  const source = new DataView(image.data.buffer, image.data.byteOffset, image.data.byteLength);
  // Even source rows are in the first half of `pair`, odd ones in the second.
  const held = [-1, -1];
  const hold = (y: number) => {
    const start = (y & 1) * row;
    if (held[y & 1] !== y) {
      if (y < image.height - 1) scaleRow(source, y * stride, columns, start);
      else scaleRow(paddedRow(image, y), 0, columns, start);
    }
    held[y & 1] = y;
    return start;
  };
  for (let y = 0; y < window.height; y++) {
    const weight = rows.weight[y]!;
    const near = hold(rows.near[y]!);
    // A row without weight need not be scaled.
    const far = weight === 0 ? near : hold(rows.far[y]!);
    blendRows(near, far, weight, row, out, y * row);
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

/** For each target position: the two source positions around it, and the weight of the far one. */
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

/** A copy of a row with a byte more: what reads four bytes for a pixel stays within. */
function paddedRow({ data, width }: RgbImage, y: number): DataView {
  const bytes = new Uint8Array(width * 3 + 1);
  bytes.set(data.subarray(y * width * 3, (y + 1) * width * 3));
  return new DataView(bytes.buffer);
}

/** Scales the source row that begins at byte `from` along x, into `pair` from `to` on. */
function scaleRow(source: DataView, from: number, columns: Table, to: number): void {
  const { near, far, weight } = columns;
  const scaled = pair;
  for (let x = 0; x < near.length; x++, to += 3) {
    // One pixel, and a byte too many: this loop by itself is a fifth faster than byte by byte.
    const a = source.getInt32((from + near[x]!) | 0, true);
    const b = source.getInt32((from + far[x]!) | 0, true);
    const share = weight[x]!;
    const rest = (1 << columnBits) - share;
    scaled[to] = Math.imul(a & 255, rest) + Math.imul(b & 255, share);
    scaled[to + 1] = Math.imul((a >> 8) & 255, rest) + Math.imul((b >> 8) & 255, share);
    scaled[to + 2] = Math.imul((a >> 16) & 255, rest) + Math.imul((b >> 16) & 255, share);
  }
}

/** Blends two rows of `pair` into `out` from `to` on; `share` is the weight of the far one. */
function blendRows(near: number, far: number, share: number, row: number, out: Uint8Array, to: number): void {
  const scaled = pair;
  const rest = (1 << rowBits) - share;
  let i = 0;
  // Four at a time: this loop by itself takes two thirds of the time.
  for (; i < row - 3; i += 4) {
    const a = (near + i) | 0;
    const b = (far + i) | 0;
    const c = (to + i) | 0;
    out[c] = (Math.imul(scaled[a]!, rest) + Math.imul(scaled[b]!, share) + half) >>> shift;
    out[c + 1] = (Math.imul(scaled[a + 1]!, rest) + Math.imul(scaled[b + 1]!, share) + half) >>> shift;
    out[c + 2] = (Math.imul(scaled[a + 2]!, rest) + Math.imul(scaled[b + 2]!, share) + half) >>> shift;
    out[c + 3] = (Math.imul(scaled[a + 3]!, rest) + Math.imul(scaled[b + 3]!, share) + half) >>> shift;
  }
  for (; i < row; i++) {
    out[to + i] = (Math.imul(scaled[near + i]!, rest) + Math.imul(scaled[far + i]!, share) + half) >>> shift;
  }
}
