import { RethinkError } from '../../../contract/errors';
import type { NamedArrays } from '../../../contract/stages';
import { elementBytes, type TensorEntry } from './header';

type Values = NamedArrays[string]['values'];

/**
 * The elements of one tensor: floats of any width become Float32Array, signed and wider integers Int32Array, bytes and
 * truth values Uint8Array.
 * @param bytes exactly the tensor's bytes, little endian
 * @throws `SAFETENSORS_VALUE` for a 64-bit integer that 32 bits cannot hold
 */
export function decodeElements(bytes: Uint8Array, entry: TensorEntry, file: string): Values {
  // A copy starts at an aligned address, whatever the file's layout.
  const own = new Uint8Array(bytes);
  const count = own.byteLength / elementBytes[entry.dtype];
  const view = new DataView(own.buffer);
  switch (entry.dtype) {
    case 'F32':
      return new Float32Array(own.buffer);
    case 'I32':
      return new Int32Array(own.buffer);
    case 'U8':
    case 'BOOL':
      return own;
    case 'F64':
      return Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
    case 'I16':
      return Int32Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true));
    case 'U16':
      return Int32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true));
    case 'I8':
      return Int32Array.from(new Int8Array(own.buffer));
    case 'F16':
      return Float32Array.from({ length: count }, (_, i) => float16(view.getUint16(2 * i, true)));
    case 'BF16': {
      const bits = Uint32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true) * 2 ** 16);
      return new Float32Array(bits.buffer);
    }
    case 'I64':
      return Int32Array.from({ length: count }, (_, i) => {
        const value = view.getBigInt64(8 * i, true);
        if (value !== BigInt.asIntN(32, value)) {
          throw new RethinkError('SAFETENSORS_VALUE', `The value ${value} does not fit into 32 bits.`, {
            location: { file, path: `${entry.name}[${i}]` },
          });
        }
        return Number(value);
      });
  }
}

/** IEEE 754 binary16 from its bits. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
