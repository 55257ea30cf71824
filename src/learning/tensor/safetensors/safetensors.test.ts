import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RethinkError } from '../../../contract/errors';
import { parseSafetensors, readSafetensors, serialiseSafetensors, writeSafetensors } from './index';

/** A file from a header as written, so that it may lie. */
function file(header: unknown, data: Uint8Array = new Uint8Array(), headerBytes?: bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerBytes ?? BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

function refusal(bytes: Buffer): string {
  try {
    parseSafetensors(bytes, 'lying.safetensors');
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    expect(error.location?.file).toBe('lying.safetensors');
    return `${error.code} ${error.location?.path ?? ''} ${error.message}`;
  }
  throw new Error('was accepted');
}

describe('safetensors', () => {
  it('reads back what was written, of any type, shape and name', () => {
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
    const kinds = [
      (count: number) => new Float32Array(count),
      (count: number) => new Int32Array(count),
      (count: number) => new Uint8Array(count),
    ];
    const tensor = fc.tuple(shape, fc.constantFrom(...kinds)).map(([sides, create]) => {
      const values = create(sides.reduce((a, b) => a * b, 1));
      values.forEach((_, i) => (values[i] = 7 * i + 1));
      return { shape: sides, values };
    });
    const name = fc
      .string({ unit: 'grapheme' })
      .filter((text) => text !== '__metadata__' && text !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(name, tensor), fc.dictionary(name, fc.string()), (tensors, metadata) => {
        const read = parseSafetensors(serialiseSafetensors(tensors, metadata), 'x');
        expect(read.tensors).toEqual({ ...tensors });
        expect(read.metadata).toEqual({ ...metadata });
      }),
    );
  });

  it('gives equal bytes whatever the order of names', () => {
    const a = { shape: [2], values: Float32Array.of(1, 2) };
    const b = { shape: [], values: Int32Array.of(3) };
    expect(serialiseSafetensors({ a, b })).toEqual(serialiseSafetensors({ b, a }));
  });

  it('widens F16, BF16 and I64', () => {
    const data = Buffer.alloc(8 + 6 + 6);
    data.writeBigInt64LE(-5n, 0);
    [0x3c00, 0xc100, 0x0001].forEach((bits, i) => data.writeUInt16LE(bits, 8 + 2 * i));
    [0x3f80, 0xc020, 0x7f80].forEach((bits, i) => data.writeUInt16LE(bits, 14 + 2 * i));
    const read = parseSafetensors(
      file(
        {
          count: { dtype: 'I64', shape: [], data_offsets: [0, 8] },
          half: { dtype: 'F16', shape: [3], data_offsets: [8, 14] },
          brain: { dtype: 'BF16', shape: [3], data_offsets: [14, 20] },
        },
        data,
      ),
      'x',
    );
    expect([...read.tensors.count!.values]).toEqual([-5]);
    expect([...read.tensors.half!.values]).toEqual([1, -2.5, 2 ** -24]);
    expect([...read.tensors.brain!.values]).toEqual([1, -2.5, Infinity]);
  });

  it('reads doubles, short integers and truth values', () => {
    const data = Buffer.alloc(8 + 2 + 2 + 1 + 1);
    data.writeDoubleLE(0.1, 0);
    data.writeInt16LE(-300, 8);
    data.writeUInt16LE(65_000, 10);
    data.writeInt8(-7, 12);
    data.writeUInt8(1, 13);
    const entry = (dtype: string, begin: number, end: number) => ({
      dtype,
      shape: [1],
      data_offsets: [begin, end],
    });
    const { tensors } = parseSafetensors(
      file(
        {
          double: entry('F64', 0, 8),
          short: entry('I16', 8, 10),
          unsigned: entry('U16', 10, 12),
          byte: entry('I8', 12, 13),
          truth: entry('BOOL', 13, 14),
        },
        data,
      ),
      'x',
    );
    const values = Object.fromEntries(Object.entries(tensors).map(([name, { values }]) => [name, values]));
    expect(values).toEqual({
      double: Float32Array.of(0.1),
      short: Int32Array.of(-300),
      unsigned: Int32Array.of(65_000),
      byte: Int32Array.of(-7),
      truth: Uint8Array.of(1),
    });
  });

  it.each([
    ['a header longer than the file', file('{}', undefined, 90n), /TRUNCATED/],
    ['a header of absurd length', file('{}', undefined, 2n ** 60n), /INVALID.*claims a header/],
    ['an empty file', Buffer.alloc(0), /TRUNCATED/],
    ['no JSON', file('{"a":'), /INVALID.*not JSON/],
    ['a list', file('[]'), /INVALID.*not a JSON object/],
    [
      'a name twice',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /INVALID a .*twice/,
    ],
    [
      'an unknown type',
      file({ a: { dtype: 'F8', shape: [], data_offsets: [0, 1] } }, Buffer.alloc(1)),
      /DTYPE a/,
    ],
    [
      'a type from the prototype',
      file({ a: { dtype: 'toString', shape: [], data_offsets: [0, 0] } }),
      /DTYPE a/,
    ],
    ['a negative side', file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 0] } }), /INVALID a .*shape/],
    [
      'a range of another length',
      file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, Buffer.alloc(4)),
      /INVALID a .*takes 8 bytes/,
    ],
    [
      'a range beyond the end',
      file({ a: { dtype: 'U8', shape: [9], data_offsets: [0, 9] } }, Buffer.alloc(4)),
      /TRUNCATED/,
    ],
    [
      'a rest',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, Buffer.alloc(4)),
      /INVALID.*3 bytes at its end/,
    ],
    [
      'overlap',
      file(
        {
          a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
          b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
        },
        Buffer.alloc(3),
      ),
      /INVALID b .*overlap/,
    ],
    [
      'a gap',
      file(
        {
          a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
          b: { dtype: 'U8', shape: [1], data_offsets: [2, 3] },
        },
        Buffer.alloc(3),
      ),
      /INVALID b .*belong to no tensor/,
    ],
    ['metadata that are no texts', file({ __metadata__: { a: 1 } }), /INVALID __metadata__/],
    [
      'a count beyond 32 bits',
      file({ a: { dtype: 'I64', shape: [], data_offsets: [0, 8] } }, Buffer.alloc(8, 0x7f)),
      /VALUE a\[0\]/,
    ],
  ])('refuses %s', (_, bytes, expected) => {
    expect(refusal(bytes)).toMatch(expected);
  });

  it('never throws anything but a clear error, whatever byte is broken', () => {
    const sound = serialiseSafetensors(
      { a: { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) } },
      { by: 'test' },
    );
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(255), (at, value) => {
        const broken = Buffer.from(sound);
        broken[at] = value;
        try {
          parseSafetensors(broken, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(RethinkError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('safetensors on disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('leaves the file and nothing else', async () => {
    const path = join(folder, 'weights.safetensors');
    await writeFile(path, 'old');
    const tensors = { w: { shape: [3], values: Float32Array.of(1, 2, 3) } };
    await writeSafetensors(path, tensors);
    expect((await readSafetensors(path)).tensors).toEqual(tensors);
    expect(await readdir(folder)).toEqual(['weights.safetensors']);
  });

  it('says which file is missing', async () => {
    await expect(readSafetensors(join(folder, 'none'))).rejects.toMatchObject({
      code: 'SAFETENSORS_MISSING',
    });
  });
});
