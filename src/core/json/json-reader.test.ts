import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RethinkError } from '../../contract/errors';
import { fromBytes } from './byte-source';
import { JsonReader } from './json-reader';
import { readDetectionColumns } from '../../evaluation/read-detections';

/** Reads any value, as JSON.parse would. */
function readAny(reader: JsonReader): unknown {
  switch (reader.kind()) {
    case 'object': {
      const entries: [string, unknown][] = [];
      reader.object((key) => void entries.push([key, readAny(reader)]));
      return Object.fromEntries(entries);
    }
    case 'array': {
      const values: unknown[] = [];
      reader.array(() => void values.push(readAny(reader)));
      return values;
    }
    case 'string':
      return reader.text();
    case 'number':
      return reader.decimal();
    case 'boolean':
      return reader.boolean();
    case 'null':
      reader.skip();
      return null;
  }
}

function open(text: string): JsonReader {
  return new JsonReader(fromBytes(Buffer.from(text), 'x.json'), { window: 1 });
}

function parse(text: string): unknown {
  const reader = open(text);
  const value = readAny(reader);
  reader.finish();
  return value;
}

function skip(text: string): void {
  const reader = open(text);
  reader.skip();
  reader.finish();
}

function errorOf(action: () => unknown): RethinkError {
  try {
    action();
  } catch (error) {
    if (error instanceof RethinkError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('JsonReader', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 3 }), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(parse(text)).toEqual(JSON.parse(text));
        skip(text);
      }),
    );
  });

  test('reads values that lie across the ends of its windows', () => {
    const text = JSON.stringify(
      Array.from({ length: 30_000 }, (_, index) => ({
        [`key ${index % 7}`]: [index / 7, 'a "quoted" \\ \u0007 ü 漢', true, null, { x: -index }],
      })),
    );
    expect(text.length).toBeGreaterThan(10 * (1 << 17));
    expect(parse(text)).toEqual(JSON.parse(text));
    skip(text);
  });

  test('refuses what JSON.parse refuses, wherever a text is cut or changed', () => {
    const text = JSON.stringify({ a: [1.5, -2e-7, 'x\\"\u00e9\n', true, false, null], b: { c: {}, d: [] } });
    const bytes = fc.constantFrom(...'{}[]:,"\\0123456789eE+-.tfnulNaIx \u0000\n');
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        bytes,
        fc.constantFrom('cut', 'replace', 'insert', 'remove'),
        (at, byte, how) => {
          const changed =
          how === 'cut' ? text.slice(0, at)
          : how === 'replace' ? text.slice(0, at) + byte + text.slice(at + 1)
          : how === 'insert' ? text.slice(0, at) + byte + text.slice(at)
          : text.slice(0, at) + text.slice(at + 1); // prettier-ignore
          let expected: unknown;
          let valid = true;
          try {
            expected = JSON.parse(changed);
          } catch {
            valid = false;
          }
          if (valid) {
            if (changed.match(/\d[eE]\+?\d{3}/)) return; // not finite: refused on purpose
            expect(parse(changed)).toEqual(expected);
            skip(changed);
          } else {
            expect(errorOf(() => parse(changed)).code).toMatch(/^JSON_/);
            expect(errorOf(() => skip(changed)).code).toMatch(/^JSON_/);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['', 'JSON_EMPTY'],
    ['  \n ', 'JSON_TRUNCATED'],
    ['[1, 2', 'JSON_TRUNCATED'],
    ['{"a', 'JSON_TRUNCATED'],
    ['{"a": "b\\', 'JSON_TRUNCATED'],
    ['[tr', 'JSON_TRUNCATED'],
    ['[1e', 'JSON_TRUNCATED'],
    ['[1,]', 'JSON_SYNTAX'],
    ['[1 2]', 'JSON_SYNTAX'],
    ["{'a': 1}", 'JSON_SYNTAX'],
    ['[] []', 'JSON_SYNTAX'],
    ['[01]', 'JSON_SYNTAX'],
    ['["\n"]', 'JSON_SYNTAX'],
    ['["\\x"]', 'JSON_SYNTAX'],
    ['[NaN]', 'JSON_NOT_FINITE'],
    ['[-Infinity]', 'JSON_NOT_FINITE'],
    ['[nan]', 'JSON_NOT_FINITE'],
    ['[1e400]', 'JSON_NOT_FINITE'],
    [`[1${'0'.repeat(100_000)}]`, 'JSON_TOKEN_TOO_LONG'],
    ['['.repeat(100_000), 'JSON_TOO_DEEP'],
  ])('%.20j ends with %s', (text, code) => {
    expect(errorOf(() => parse(text)).code).toBe(code);
    expect(errorOf(() => skip(text)).code).toBe(code);
  });

  test('says where', () => {
    const error = errorOf(() => parse('{\n  "a": [{}, {"b": [1, x]}]\n}'));
    expect(error.location).toEqual({ file: 'x.json', line: 2, column: 23, path: 'a[1].b[1]' });
    expect(error.message).toMatchInlineSnapshot(`"Expected a value, found "x]}]…"."`);
  });

  test.each([
    ['UTF-16 with its mark', Buffer.from('\ufeff{"images": []}', 'utf16le'), 'JSON_ENCODING'],
    ['UTF-16 without', Buffer.from('{"images": []}', 'utf16le'), 'JSON_ENCODING'],
    ['UTF-16, big end first', Buffer.from('{"images": []}', 'utf16le').swap16(), 'JSON_ENCODING'],
    ['gzip', gzipSync('{"images": []}'), 'JSON_COMPRESSED'],
    ['a zip file', Buffer.from('PK\u0003\u0004…'), 'JSON_COMPRESSED'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 'JSON_SYNTAX'],
  ])('says that a file is %s', (_, bytes, code) => {
    const error = errorOf(() => readAny(new JsonReader(fromBytes(bytes, 'x.json'))));
    expect(error).toMatchObject({ code, location: { file: 'x.json', line: 1 } });
  });

  test('reads what is no finite number where asked to', () => {
    const text = '[NaN, -Infinity, Infinity, 1e400, -1e400, -1.5, {"a": NaN}]';
    const options = { window: 1, nonFinite: true };
    expect(readAny(new JsonReader(fromBytes(Buffer.from(text)), options))).toEqual([
      NaN, -Infinity, Infinity, Infinity, -Infinity, -1.5, { a: NaN },
    ]); // prettier-ignore
    new JsonReader(fromBytes(Buffer.from(text)), options).skip();
    for (const wrong of ['[Nan]', '[Infinit]', '[-Inf]', '[N', '[-I', '[null]x', '[nan]']) {
      const reader = new JsonReader(fromBytes(Buffer.from(wrong)), options);
      const all = (): void => {
        readAny(reader);
        reader.finish();
      };
      expect(errorOf(all).code, wrong).toMatch(/^JSON_/);
    }
  });

  test('names the element after which a list of quickly read objects ends early', () => {
    const entry = '{"image_id":1,"category_id":1,"bbox":[0,0,1,1],"score":1}';
    const bytes = Buffer.from(`[${Array.from({ length: 9 }, () => entry).join(',')}`);
    expect(errorOf(() => readDetectionColumns(fromBytes(bytes))).location?.path).toBe('[8]');
  });

  test('steps over a byte order mark', () => {
    expect(parse('\ufeff[1]')).toEqual([1]);
  });

  test('skips a string longer than the window', () => {
    skip(JSON.stringify(['é\\"'.repeat(100_000)]));
  });
});
