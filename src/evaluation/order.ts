import { type TieRule } from './parameters';
import { type Detections, type Truth } from './types';

/**
 * Rows by category, and in a category by falling score.
 *
 * Ties: by image id; in one image by the order of the input (`pycocotools`) or by x, y, width, height (`threshold`).
 */
export interface Order {
  readonly rows: Int32Array;
  /** Rows of category k lie in `rows` from `start[k]` to `start[k + 1]`. */
  readonly start: Int32Array;
}

export function orderDetections(detections: Detections, truth: Truth, tieRule: TieRule): Order {
  const { count, image, category, score, box } = detections;
  const byImage = countingSort(identity(count), image, truth.images.length).rows;
  const byScore = sortByFallingScore(byImage, score);
  const order = countingSort(byScore, category, truth.categories.length);
  if (tieRule === 'threshold') {
    sortTies(
      order,
      (one, other) => score[one] === score[other] && image[one] === image[other],
      (one, other) => compareBoxes(box, one, other),
    );
  }
  return order;
}

/** Annotations by category, then image; in one cell by the order of the input, or by box and area (`threshold`). */
export function orderTruth(truth: Truth, tieRule: TieRule): Order {
  const { count, image, category, box, area } = truth;
  const byImage = countingSort(identity(count), image, truth.images.length).rows;
  const order = countingSort(byImage, category, truth.categories.length);
  if (tieRule === 'threshold') {
    sortTies(
      order,
      (one, other) => image[one] === image[other],
      (one, other) => compareBoxes(box, one, other) || area[one]! - area[other]!,
    );
  }
  return order;
}

/** By x, y, width, height. */
export function compareBoxes(box: Float64Array, one: number, other: number): number {
  for (let side = 0; side < 4; side++) {
    const difference = box[4 * one + side]! - box[4 * other + side]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function identity(count: number): Int32Array {
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

/** Stable. */
function countingSort(rows: Int32Array, key: Int32Array, keys: number): Order {
  const start = new Int32Array(keys + 1);
  for (let at = 0; at < rows.length; at++) start[key[rows[at]!]! + 1]!++;
  for (let k = 0; k < keys; k++) start[k + 1]! += start[k]!;
  const next = start.slice();
  const sorted = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    sorted[next[key[row]!]!++] = row;
  }
  return { rows: sorted, start };
}

const RADIX_BITS = 11;
const RADIX = 1 << RADIX_BITS;

/** Stable radix sort over the 64 bits of the scores. */
function sortByFallingScore(rows: Int32Array, score: Float64Array): Int32Array {
  // Adding 0 turns −0 into 0: equal scores need equal bits.
  const normal = score.map((value) => value + 0);
  const words = new Uint32Array(normal.buffer);
  const little = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  const low = new Uint32Array(rows.length);
  const high = new Uint32Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const upper = words[2 * row + (little ? 1 : 0)]!;
    const lower = words[2 * row + (little ? 0 : 1)]!;
    // Flipped so that unsigned order is falling score; negative scores' bits already grow as the score falls.
    const negative = upper >>> 31 === 1;
    high[row] = negative ? upper : ~upper & 0x7fffffff;
    low[row] = negative ? lower : ~lower;
  }
  let from: Int32Array = rows;
  let to: Int32Array = new Int32Array(rows.length);
  const spare: Int32Array = new Int32Array(rows.length);
  for (const word of [low, high]) {
    for (let shift = 0; shift < 32; shift += RADIX_BITS) {
      const next = new Int32Array(RADIX + 1);
      for (let row = 0; row < word.length; row++) next[((word[row]! >>> shift) & (RADIX - 1)) + 1]!++;
      if (next.includes(rows.length)) continue; // one digit for all
      for (let digit = 0; digit < RADIX; digit++) next[digit + 1]! += next[digit]!;
      for (let at = 0; at < from.length; at++) {
        const row = from[at]!;
        to[next[(word[row]! >>> shift) & (RADIX - 1)]!++] = row;
      }
      const old = from;
      from = to;
      to = old === rows ? spare : old;
    }
  }
  return from;
}

/** Sorts each run of rows that are `tied` with their neighbour. */
function sortTies(
  { rows, start }: Order,
  tied: (one: number, other: number) => boolean,
  compare: (one: number, other: number) => number,
): void {
  for (let k = 0; k + 1 < start.length; k++) {
    const end = start[k + 1]!;
    for (let from = start[k]!; from < end;) {
      let to = from + 1;
      while (to < end && tied(rows[to - 1]!, rows[to]!)) to++;
      if (to - from > 1) rows.subarray(from, to).sort(compare);
      from = to;
    }
  }
}
