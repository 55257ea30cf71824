import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import { type KernelCall } from '../flops/flops';

/** Numbers of activations in native/kernels/compute.h. */
export const activationNumbers = { none: 0, relu: 1, relu6: 2, swish: 3 } as const;
export type FusedActivation = keyof typeof activationNumbers;

let provider: NodeJSKernelBackend | undefined;

/** @param backend that computes now, if it has this project's own operations (on the CPU only) */
export function provideOwnOperations(backend: NodeJSKernelBackend | undefined): void {
  provider = backend;
}

/** The native backend where it has this project's own operations (native/kernels). */
export function ownOperations(): NodeJSKernelBackend | undefined {
  return provider;
}

const activationCalls: readonly (readonly string[])[] = [[], ['Relu'], ['Relu6'], ['Sigmoid', 'Mul']];
const gradientCalls: readonly (readonly string[])[] = [
  [],
  ['ReluGrad'],
  ['Relu6Grad'],
  // dy · (y + s · (1 − y))
  ['Sub', 'Mul', 'AddV2', 'Mul'],
];

/**
 * What a call costs, in terms of TensorFlow's operations: a fused one counts as those that it replaces, so that FLOPs
 * do not depend on how a network is computed.
 */
export function countedAs(call: KernelCall): KernelCall[] {
  const { op, attributes, inputs, outputs } = call;
  const elementwise = (ops: readonly string[] | undefined, map: readonly number[]) =>
    (ops ?? []).map((name) => ({ ...call, op: name, attributes: {}, inputs: [map, map], outputs: [map] }));
  const activation = Number(attributes.activation);
  switch (op) {
    case 'RethinkBatchNorm':
      return [
        { ...call, op: 'FusedBatchNormV3', attributes: { is_training: true } },
        ...elementwise(activationCalls[activation], inputs[0] ?? []),
      ];
    case 'RethinkBatchNormGrad':
      return [
        { ...call, op: 'FusedBatchNormGradV3', attributes: {} },
        ...elementwise(gradientCalls[activation], inputs[1] ?? []),
      ];
    case 'RethinkDepthwiseGrad': {
      const [x = [], dy = []] = inputs;
      const filter = outputs[0] ?? [];
      return [
        {
          ...call,
          op: 'DepthwiseConv2dNativeBackpropFilter',
          attributes: {},
          inputs: [x, [4], dy],
          outputs: [filter],
        },
      ];
    }
    default:
      return [call];
  }
}
