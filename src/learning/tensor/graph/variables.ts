import { type HostTensor } from '../host-tensor';
import { constant, type GraphNode, identity, placeholder, typeAttribute } from './node';

/** Shape and dtype of an entry of the state, and its nodes in the graph. */
export interface VariableSpec extends Pick<HostTensor, 'dtype' | 'shape'> {
  readonly name: string;
  /** The `VarHandleOp`. */
  readonly handle: string;
  /** Placeholder of a new value, and what to fetch to have it assigned. */
  readonly feed: string;
  readonly assigned: string;
  /** What to fetch to read it. */
  readonly value: string;
}

export function variableSpec(name: string, index: number, { dtype, shape }: HostTensor): VariableSpec {
  const node = `state/${index}`;
  return {
    name,
    dtype,
    shape: [...shape],
    handle: node,
    feed: `${node}/feed`,
    assigned: `${node}/assigned`,
    value: `${node}/value`,
  };
}

/** The variable itself, with what reads and what writes it from outside. */
export function variableNodes(spec: VariableSpec): GraphNode[] {
  const type = typeAttribute(spec.dtype);
  const { handle } = spec;
  return [
    {
      name: handle,
      op: 'VarHandleOp',
      inputs: [],
      attributes: {
        dtype: type,
        shape: { kind: 'shape', value: spec.shape },
        shared_name: { kind: 'string', value: handle },
        container: { kind: 'string', value: '' },
      },
    },
    placeholder(spec.feed, spec),
    // A variable keeps the buffer that it is given, and updates it in place. What is fed may share JavaScript's
    // memory, so it is copied; DeepCopy is the one copy that no optimizer of graphs removes.
    { name: `${handle}/copy`, op: 'DeepCopy', inputs: [spec.feed], attributes: { T: type } },
    {
      name: `${handle}/assign`,
      op: 'AssignVariableOp',
      inputs: [handle, `${handle}/copy`],
      attributes: { dtype: type },
    },
    constant(`${handle}/true`, { dtype: 'bool', shape: [], values: Uint8Array.of(1) }),
    identity(spec.assigned, `${handle}/true`, typeAttribute('bool'), [`${handle}/assign`]),
    { name: spec.value, op: 'ReadVariableOp', inputs: [handle], attributes: { dtype: type } },
  ];
}
