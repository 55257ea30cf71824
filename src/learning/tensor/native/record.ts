import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { type TFEOpAttr, type TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { type KernelCall, type Shape } from '../flops/flops';
import { currentPhase } from '../phase';
import { type tf } from '../tf';
import { countedAs } from './own-operations';

/** Members of the native backend that its type declares private. */
export interface NativeInternals {
  binding: TFJSBinding;
  getInputTensorIds(tensors: tf.TensorInfo[]): number[];
}

/**
 * Replaces functions of the addon, and the one that passes tensors to it, while `f` runs. A plain object stands in for
 * the addon, whose own properties are read-only.
 */
export function withReplaced<T>(
  backend: NodeJSKernelBackend,
  replace: { binding: Partial<TFJSBinding>; getInputTensorIds?: NativeInternals['getInputTensorIds'] },
  f: () => T,
): T {
  const internals = backend as unknown as NativeInternals;
  const { binding } = internals;
  internals.binding = Object.create(
    binding,
    Object.fromEntries(Object.entries(replace.binding).map(([name, value]) => [name, { value }])),
  ) as TFJSBinding;
  if (replace.getInputTensorIds !== undefined) internals.getInputTensorIds = replace.getInputTensorIds;
  try {
    return f();
  } finally {
    internals.binding = binding;
    // The method itself lives on the prototype.
    delete (internals as Partial<NativeInternals>).getInputTensorIds;
  }
}

/** What a native operation counts as, in the phase that runs now. */
export function kernelCalls(
  op: string,
  attributes: readonly TFEOpAttr[],
  inputs: readonly Shape[],
  outputs: readonly { readonly shape: Shape }[],
): KernelCall[] {
  return countedAs({
    op,
    attributes: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
    inputs,
    outputs: outputs.map(({ shape }) => shape),
    phase: currentPhase(),
  });
}

/** Every native operation that runs inside `f`, with shapes. */
export function recordNativeOps(backend: NodeJSKernelBackend, f: () => void): KernelCall[] {
  const { binding } = backend;
  const calls: KernelCall[] = [];
  let inputShapes: Shape[] = [];
  const original = (backend as unknown as NativeInternals).getInputTensorIds.bind(backend);
  const executeOp = (op: string, attributes: TFEOpAttr[], inputIds: number[], outputCount: number) => {
    const outputs = binding.executeOp(op, attributes, inputIds, outputCount);
    calls.push(...kernelCalls(op, attributes, inputShapes, outputs));
    return outputs;
  };
  const getInputTensorIds = (tensors: tf.TensorInfo[]) => {
    inputShapes = tensors.map(({ shape }) => shape);
    return original(tensors);
  };
  withReplaced(backend, { binding: { executeOp }, getInputTensorIds }, f);
  return calls;
}
