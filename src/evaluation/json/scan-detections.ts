import { MAX_COORDINATE } from '../parameters';
import { type DetectionColumns } from '../detections';
import { parseDecimal } from './decimal';

const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const ALL_FIELDS = 0b1111;

const keyBytes = (key: string): Uint8Array => Buffer.from(`${key}"`);
const IMAGE_ID = keyBytes('image_id');
const CATEGORY_ID = keyBytes('category_id');
const BBOX = keyBytes('bbox');
const SCORE = keyBytes('score');

const scratch = new Float64Array(6);

/**
 * Reads as many plain detections as follow each other from `start` (at a `{`) on: objects of exactly `image_id`,
 * `category_id`, `bbox`, `score`, in any order, with valid values. At anything else, and at the end of the window, it
 * stops before the object concerned, so that the strict reader can read it or say what is wrong with it.
 *
 * @returns the position after the last complete object read, or `start` where there was none
 */
export function scanDetections(
  bytes: Uint8Array,
  start: number,
  end: number,
  columns: DetectionColumns,
): number {
  let done = start;
  let position = start;
  for (;;) {
    if (bytes[position] !== 123) return done;
    position++;
    columns.reserve();
    let seen = 0;
    for (;;) {
      while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
      if (bytes[position] !== QUOTE) return done;
      position++;
      const first = bytes[position]!;
      const key = first === 105 ? IMAGE_ID : first === 99 ? CATEGORY_ID : first === 98 ? BBOX : SCORE;
      const field = first === 105 ? 1 : first === 99 ? 2 : first === 98 ? 4 : 8;
      for (let index = 0; index < key.length; index++)
        if (bytes[position + index] !== key[index]) return done;
      if (seen & field) return done;
      seen |= field;
      position += key.length;
      while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
      if (bytes[position++] !== COLON) return done;
      while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
      if (field === 4) {
        if (bytes[position++] !== 91) return done;
        for (let side = 0; side < 4; side++) {
          while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
          position = parseDecimal(bytes, position, scratch, side);
          if (position < 0) return done;
          while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
          if (bytes[position++] !== (side === 3 ? 93 : COMMA)) return done;
        }
      } else if (field === 8) {
        position = parseDecimal(bytes, position, scratch, 4);
        if (position < 0) return done;
      } else {
        const from = position;
        let id = 0;
        let byte = bytes[position]!;
        while (byte >= 48 && byte <= 57) {
          id = id * 10 + (byte - 48);
          byte = bytes[++position]!;
        }
        const length = position - from;
        if (length === 0 || length > 15 || byte === 46 || (length > 1 && bytes[from] === 48)) return done;
        scratch[5] = id;
        if (field === 1) columns.imageId[columns.count] = id;
        else columns.categoryId[columns.count] = id;
      }
      while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
      const after = bytes[position++];
      if (after === COMMA) continue;
      if (after === 125) break;
      return done;
    }
    if (seen !== ALL_FIELDS || position > end) return done;
    const row = columns.count;
    for (let side = 0; side < 4; side++) {
      const value = scratch[side]!;
      if (!(value <= MAX_COORDINATE && value >= (side > 1 ? 0 : -MAX_COORDINATE))) return done;
      columns.box[4 * row + side] = value;
    }
    const score = scratch[4]!;
    if (!Number.isFinite(score)) return done;
    columns.score[row] = score;
    columns.count++;
    done = position;
    while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
    if (bytes[position++] !== COMMA) return done;
    while (bytes[position]! <= SPACE) if (!isSpace(bytes[position++]!)) return done;
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 10 || byte === 13 || byte === 9;
}
