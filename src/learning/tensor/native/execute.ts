import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { type TFEOpAttr } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { type tf } from '../tf';

/** An attribute of a TensorFlow operation; numbers are floats unless wrapped in `{ int }`. */
export type Attribute = boolean | string | number | { int: number | number[] } | { type: tf.DataType };

/** Runs any TensorFlow operation; where a step is compiled, it becomes a node of its graph. */
export function execute(
  backend: NodeJSKernelBackend,
  op: string,
  inputs: tf.Tensor[],
  attributes: Readonly<Record<string, Attribute>> = {},
  outputCount = 1,
): tf.Tensor[] {
  const opAttributes = Object.entries(attributes).map(([name, value]) => opAttribute(backend, name, value));
  return backend.executeMultipleOutputs(op, opAttributes, inputs, outputCount);
}

export function executeOne(...args: Parameters<typeof execute>): tf.Tensor {
  return execute(...args)[0]!;
}

function opAttribute(backend: NodeJSKernelBackend, name: string, value: Attribute): TFEOpAttr {
  const { binding } = backend;
  if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
  if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
  if (typeof value === 'number') return { name, type: binding.TF_ATTR_FLOAT, value };
  if ('int' in value) return { name, type: binding.TF_ATTR_INT, value: value.int };
  return { name, type: binding.TF_ATTR_TYPE, value: backend.getDTypeInteger(value.type) };
}
