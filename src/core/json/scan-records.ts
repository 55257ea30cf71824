import { parseDecimal } from './decimal';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

/** A number, or a box of four, that a scanned object may hold; it goes to `row[slot]`, or `row[slot … slot + 3]`. */
export interface ScannedField {
  key: string;
  slot: number;
  box?: boolean;
}

/**
 * Reads runs of flat JSON objects of numbers and boxes, quickly: it creates no object and no string. It accepts only input
 * that it fully understands; the caller reads everything else strictly, and reports errors.
 */
export class RecordScanner {
  /** Values of the object just read. */
  readonly row: Float64Array;
  private readonly keys: Uint8Array[];
  private readonly slots: Int32Array;
  private readonly boxes: Uint8Array;
  /** Field that came after each field, the last time; the first field at the end. */
  private readonly next: Int32Array;

  /** @param accept takes `row`, where fields that did not come are NaN; false where the strict reader should look at it */
  constructor(
    fields: readonly ScannedField[],
    private readonly accept: () => boolean,
  ) {
    this.row = new Float64Array(Math.max(...fields.map(({ slot, box }) => slot + (box ? 4 : 1))));
    this.keys = fields.map(({ key }) => Buffer.from(`${key}"`));
    this.slots = Int32Array.from(fields, ({ slot }) => slot);
    this.boxes = Uint8Array.from(fields, ({ box }) => (box ? 1 : 0));
    this.next = Int32Array.from(
      { length: fields.length + 1 },
      (_, field) => (field + 1) % (fields.length + 1),
    );
    this.next[fields.length] = 0;
  }

  /**
   * Reads as many objects as follow each other from `start` (at a `{`) on and are accepted.
   *
   * @param bytes `bytes[end]` must be zero
   * @returns the position after the last one, or `start` where there was none
   */
  scan(bytes: Uint8Array, start: number): number {
    let done = start;
    for (let position = start; ;) {
      position = this.scanObject(bytes, position);
      if (position < 0 || !this.accept()) return done;
      done = position;
      position = afterSpace(bytes, position);
      if (bytes[position] !== COMMA) return done;
      position = afterSpace(bytes, position + 1);
    }
  }

  private scanObject(bytes: Uint8Array, start: number): number {
    const { row, slots, boxes, next } = this;
    if (bytes[start] !== 123) return -1;
    let position = start + 1;
    row.fill(NaN);
    let seen = 0;
    let previous = slots.length;
    for (;;) {
      position = afterSpace(bytes, position);
      if (bytes[position] !== QUOTE) return -1;
      position++;
      const field = this.fieldAt(bytes, position, next[previous]!);
      if (field < 0) {
        // Another key, without escapes, and a value of numbers.
        let byte = bytes[position]!;
        while (byte !== QUOTE) {
          if (byte < 32 || byte > 126 || byte === 92) return -1;
          byte = bytes[++position]!;
        }
        position++;
      } else {
        if (seen & (1 << field)) return -1;
        seen |= 1 << field;
        next[previous] = field;
        previous = field;
        position += this.keys[field]!.length;
      }
      position = afterSpace(bytes, position);
      if (bytes[position] !== COLON) return -1;
      position = afterSpace(bytes, position + 1);
      if (field < 0) {
        position = skipNumbers(bytes, position);
      } else if (boxes[field] === 0) {
        position = parseDecimal(bytes, position, row, slots[field]!);
      } else {
        position = scanBox(bytes, position, row, slots[field]!);
      }
      if (position < 0) return -1;
      position = afterSpace(bytes, position);
      const after = bytes[position++];
      if (after === COMMA) continue;
      return after === 125 ? position : -1;
    }
  }

  private fieldAt(bytes: Uint8Array, position: number, expected: number): number {
    const fields = this.keys.length;
    for (let tries = 0; tries < fields; tries++) {
      const field = expected + tries < fields ? expected + tries : expected + tries - fields;
      const key = this.keys[field]!;
      let same = 0;
      while (same < key.length && bytes[position + same] === key[same]) same++;
      if (same === key.length) return field;
    }
    return -1;
  }
}

function scanBox(bytes: Uint8Array, start: number, row: Float64Array, slot: number): number {
  if (bytes[start] !== OPEN_ARRAY) return -1;
  let position = start + 1;
  for (let side = 0; side < 4; side++) {
    position = parseDecimal(bytes, afterSpace(bytes, position), row, slot + side);
    if (position < 0) return -1;
    position = afterSpace(bytes, position);
    if (bytes[position++] !== (side === 3 ? CLOSE_ARRAY : COMMA)) return -1;
  }
  return position;
}

const skipped = new Float64Array(1);

/** Steps over a finite number, or nested lists of them. */
function skipNumbers(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== OPEN_ARRAY) {
    const position = parseDecimal(bytes, start, skipped, 0);
    return Number.isFinite(skipped[0]) ? position : -1;
  }
  let position = afterSpace(bytes, start + 1);
  if (bytes[position] === CLOSE_ARRAY) return position + 1;
  let depth = 1;
  for (;;) {
    while (bytes[position] === OPEN_ARRAY) {
      if (++depth > 8) return -1;
      position = afterSpace(bytes, position + 1);
    }
    position = parseDecimal(bytes, position, skipped, 0);
    if (position < 0 || !Number.isFinite(skipped[0])) return -1;
    position = afterSpace(bytes, position);
    while (bytes[position] === CLOSE_ARRAY) {
      position++;
      if (--depth === 0) return position;
      position = afterSpace(bytes, position);
    }
    if (bytes[position] !== COMMA) return -1;
    position = afterSpace(bytes, position + 1);
  }
}

function afterSpace(bytes: Uint8Array, start: number): number {
  let position = start;
  for (;;) {
    const byte = bytes[position]!;
    if (byte > 32 || (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9)) return position;
    position++;
  }
}
