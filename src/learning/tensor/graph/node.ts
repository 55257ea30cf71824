import { type DType, type HostTensor } from '../host-tensor';

/** Value of an attribute of a graph node, by its kind in TensorFlow's NodeDef. */
export type NodeAttribute =
  | { kind: 'string'; value: string }
  | { kind: 'int'; value: number | readonly number[] }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'type'; value: number }
  | { kind: 'shape'; value: readonly number[] }
  | { kind: 'tensor'; value: HostTensor };

/** One node of a TensorFlow graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** `node` or `node:2` for an output of a node, then `^node` for nodes that must run before. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, NodeAttribute>>;
}

/** TensorFlow's numbers of the data types that cross the border. */
export const dataTypes = { float32: 1, int32: 3, bool: 10 } as const;

/** undefined for a type that does not cross it. */
export function dtypeOfNumber(dataType: number): DType | undefined {
  return (Object.keys(dataTypes) as DType[]).find((dtype) => dataTypes[dtype] === dataType);
}

export const typeAttribute = (dtype: keyof typeof dataTypes): NodeAttribute => ({
  kind: 'type',
  value: dataTypes[dtype],
});

export function constant(name: string, value: HostTensor): GraphNode {
  return {
    name,
    op: 'Const',
    inputs: [],
    attributes: { dtype: typeAttribute(value.dtype), value: { kind: 'tensor', value } },
  };
}

export function placeholder(name: string, { dtype, shape }: Pick<HostTensor, 'dtype' | 'shape'>): GraphNode {
  return {
    name,
    op: 'Placeholder',
    inputs: [],
    attributes: { dtype: typeAttribute(dtype), shape: { kind: 'shape', value: shape } },
  };
}

export function identity(
  name: string,
  input: string,
  type: NodeAttribute,
  after: readonly string[] = [],
): GraphNode {
  return {
    name,
    op: 'Identity',
    inputs: [input, ...after.map((node) => `^${node}`)],
    attributes: { T: type },
  };
}
