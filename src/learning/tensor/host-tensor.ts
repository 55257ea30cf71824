import { RethinkError } from '../../contract/errors';

export type DType = 'float32' | 'int32' | 'bool';
export type HostValues = Float32Array | Int32Array | Uint8Array;

/** A dense tensor in JavaScript memory, row-major. A scalar has the shape `[]`. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** `Float32Array` for float32, `Int32Array` for int32, `Uint8Array` (0 or 1) for bool. */
  readonly values: HostValues;
}

export type HostTensors = Readonly<Record<string, HostTensor>>;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function hostScalar(value: number): HostTensor {
  return { dtype: 'float32', shape: [], values: Float32Array.of(value) };
}

export function hostTensor(
  values: Float32Array | Int32Array | readonly number[],
  shape: readonly number[],
): HostTensor {
  const array =
    values instanceof Int32Array || values instanceof Float32Array ? values : Float32Array.from(values);
  const tensor: HostTensor = {
    dtype: array instanceof Int32Array ? 'int32' : 'float32',
    shape: [...shape],
    values: array,
  };
  checkHostTensor('tensor', tensor);
  return tensor;
}

export function hostZeros(shape: readonly number[], dtype: DType = 'float32'): HostTensor {
  return { dtype, shape: [...shape], values: new arrays[dtype](sizeOf(shape)) };
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** @throws `TENSOR_SHAPE` when values, dtype and shape contradict each other */
export function checkHostTensor(name: string, tensor: HostTensor): void {
  const size = sizeOf(tensor.shape);
  if (tensor.values.length !== size) {
    throw new RethinkError(
      'TENSOR_SHAPE',
      `${name} has ${tensor.values.length} values, but its shape [${tensor.shape.join(', ')}] needs ${size}.`,
    );
  }
  const expected = arrays[tensor.dtype];
  if (tensor.values.constructor !== expected) {
    throw new RethinkError(
      'TENSOR_DTYPE',
      `${name} is ${tensor.dtype}, but its values are a ${tensor.values.constructor.name}.`,
      { hint: `Give it a ${expected.name}.` },
    );
  }
}
