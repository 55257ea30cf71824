import { type HostTensor } from '../host-tensor';
import { constant, type GraphNode, typeAttribute } from './node';

/** Above this many equal elements, a constant is written as one value and a shape. */
const fillFrom = 16;
/** Below this many elements, equal constants share a node. */
const shareBelow = 64;

/** The same for constants that may share a node; undefined for those that may not. */
export function constantKey({ dtype, shape, values }: HostTensor): string | undefined {
  if (values.length >= shareBelow) return undefined;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return `${dtype} ${shape.join('x')} ${bytes.toString('base64')}`;
}

/**
 * Nodes of which the last is the constant, a value that JavaScript uploaded while a step was recorded. A mask of ones as large as a feature map, of which automatic
 * differentiation makes many, is not written out.
 */
export function constantNodes(value: HostTensor, newName: (op: string) => string): GraphNode[] {
  const { dtype, shape, values } = value;
  if (values.length < fillFrom || values.some((element) => !Object.is(element, values[0]))) {
    return [constant(newName('Const'), { dtype, shape: [...shape], values: values.slice() })];
  }
  const dims = constant(newName('Const'), {
    dtype: 'int32',
    shape: [shape.length],
    values: Int32Array.from(shape),
  });
  const element = constant(newName('Const'), { dtype, shape: [], values: values.slice(0, 1) });
  const fill: GraphNode = {
    name: newName('Fill'),
    op: 'Fill',
    inputs: [dims.name, element.name],
    attributes: { T: typeAttribute(dtype), index_type: typeAttribute('int32') },
  };
  return [dims, element, fill];
}
