import { checkCoordinate, type Fail, wrongType } from '../coco-checks';
import { type JsonReader } from '../../core/json/json-reader';

/** Reads a number, or ends with `COCO_WRONG_TYPE` (or `JSON_NOT_FINITE`) at its place. */
export function readNumber(reader: JsonReader, wanted = 'A number'): number {
  const kind = reader.kind();
  return kind === 'number' ? reader.decimal() : wrongType(wanted, withArticle(kind), failOf(reader));
}

export function readText(reader: JsonReader): string {
  const kind = reader.kind();
  return kind === 'string' ? reader.text() : wrongType('A string', withArticle(kind), failOf(reader));
}

/** Reads [x, y, width, height] in pixels into `box` from `at` on. */
export function readBox(reader: JsonReader, box: Float64Array, at: number): void {
  const kind = reader.kind();
  if (kind !== 'array') wrongType('A box [x, y, width, height]', withArticle(kind), failOf(reader));
  const length = reader.array((side) => {
    if (side > 3) wrongLength(reader);
    box[at + side] = checkCoordinate(readNumber(reader), side > 1, failOf(reader));
  });
  if (length !== 4) wrongLength(reader);
}

/**
 * Reads an object whose wanted fields may each come once; others are skipped.
 *
 * @param read reads the wanted field of that index, or skips the value
 * @returns a bit for each field of `fields` that was there
 */
export function readFields(
  reader: JsonReader,
  fields: readonly string[],
  required: number,
  read: (field: number) => void,
): number {
  const kind = reader.kind();
  if (kind !== 'object') wrongType('An object', withArticle(kind), failOf(reader));
  let seen = 0;
  reader.object((key) => {
    const field = fields.indexOf(key);
    if (field < 0) return reader.skip();
    if (seen & (1 << field)) reader.fail('JSON_DUPLICATE_KEY', `The key "${key}" comes twice in one object.`);
    seen |= 1 << field;
    read(field);
  });
  const missing = fields.filter((_, field) => required & ~seen & (1 << field));
  if (missing.length > 0) {
    reader.fail(
      'COCO_MISSING_FIELD',
      `The field ${missing.map((name) => `"${name}"`).join(', ')} is missing.`,
    );
  }
  return seen;
}

export function failOf(reader: JsonReader): Fail {
  return (code, message, hint) => reader.fail(code, message, hint);
}

export function withArticle(kind: string): string {
  return kind === 'null' ? 'null' : /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function wrongLength(reader: JsonReader): never {
  return reader.fail('COCO_WRONG_TYPE', 'A box has exactly four numbers: [x, y, width, height].');
}
