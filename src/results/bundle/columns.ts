import { malformed } from './bundle-errors';

/**
 * Columns of numbers of a bundle: little-endian, all first bytes, then all second ones, and so on, which compresses well.
 */
export type ColumnType = 'u8' | 'u16' | 'i24' | 'u32' | 'f32';

const widths: Readonly<Record<ColumnType, number>> = { u8: 1, u16: 2, i24: 3, u32: 4, f32: 4 };

export function encodeColumn(type: ColumnType, values: ArrayLike<number>): Buffer {
  const width = widths[type];
  const plain = Buffer.alloc(width * values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (type === 'f32') plain.writeFloatLE(value, 4 * i);
    else if (type === 'i24') plain.writeIntLE(value, 3 * i, 3);
    else plain.writeUIntLE(value, width * i, width);
  }
  const planes = Buffer.alloc(plain.length);
  for (let i = 0; i < values.length; i++) {
    for (let b = 0; b < width; b++) planes[b * values.length + i] = plain[width * i + b]!;
  }
  return planes;
}

/** Reads columns one after the other, and never beyond the end. */
export class ColumnReader {
  private offset = 0;

  constructor(
    private readonly data: Buffer,
    private readonly file: string,
  ) {}

  read(type: ColumnType, count: number): Float64Array {
    const width = widths[type];
    const end = this.offset + width * count;
    if (!Number.isSafeInteger(count) || count < 0 || end > this.data.length) {
      throw malformed(this.file, `The file ends within a column of ${count} numbers.`);
    }
    const values = new Float64Array(count);
    const plain = Buffer.alloc(4);
    for (let i = 0; i < count; i++) {
      for (let b = 0; b < width; b++) plain[b] = this.data[this.offset + b * count + i]!;
      values[i] =
        type === 'f32'
          ? plain.readFloatLE()
          : type === 'i24'
            ? plain.readIntLE(0, 3)
            : plain.readUIntLE(0, width);
    }
    this.offset = end;
    return values;
  }

  /** @throws RethinkError where something follows */
  end(): void {
    if (this.offset !== this.data.length) {
      throw malformed(this.file, `The file has ${this.data.length - this.offset} bytes too many.`);
    }
  }
}
