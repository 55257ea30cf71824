import { writeFileAtomically } from '../../../core/files/atomic-file';
import type { NamedArrays } from '../../../contract/stages';

type Values = NamedArrays[string]['values'];

/**
 * Bytes of a safetensors file, tensors by name so that equal content gives equal bytes.
 * @throws RangeError when a shape and the number of its values disagree
 */
export function serialiseSafetensors(
  tensors: NamedArrays,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = sortKeys(metadata);
  const parts: Values[] = [];
  let position = 0;
  for (const [name, { shape, values }] of Object.entries(sortKeys(tensors))) {
    const size = shape.reduce((product, side) => product * side, 1);
    if (size !== values.length) {
      throw new RangeError(
        `${name} has ${values.length} values, its shape [${shape.join(', ')}] needs ${size}`,
      );
    }
    header[name] = {
      dtype: elementType(values),
      shape,
      data_offsets: [position, position + values.byteLength],
    };
    parts.push(values);
    position += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  // The data begin at a multiple of eight; the format pads the header with spaces.
  const padded = Math.ceil(text.length / 8) * 8;
  const file = Buffer.alloc(8 + padded + position, ' ');
  file.writeBigUInt64LE(BigInt(padded), 0);
  text.copy(file, 8);
  let offset = 8 + padded;
  for (const values of parts) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return file;
}

/** Writes the file whole or not at all: into a neighbour first, which then takes the name. */
export async function writeSafetensors(
  file: string,
  tensors: NamedArrays,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomically(file, serialiseSafetensors(tensors, metadata));
}

function elementType(values: Values): string {
  if (values instanceof Float32Array) return 'F32';
  return values instanceof Int32Array ? 'I32' : 'U8';
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
