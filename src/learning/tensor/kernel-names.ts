import { type KernelCall, type Shape } from './flops/flops';

type Attributes = Readonly<Record<string, unknown>>;
type Shapes = Readonly<Record<string, Shape>>;

/** TensorFlow.js kernels that TensorFlow calls otherwise. */
const renamed: Readonly<Record<string, string>> = {
  Concat: 'ConcatV2',
  Multiply: 'Mul',
  Reverse: 'ReverseV2',
  TopK: 'TopKV2',
  BatchMatMul: 'BatchMatMulV2',
};

/** The TensorFlow operations that a TensorFlow.js kernel represents: one, or several for a fused kernel. */
export function nativeCall(
  kernel: string,
  inputs: Shapes,
  attributes: Attributes,
  outputs: readonly Shape[],
): KernelCall[] {
  const call = (op: string, shapes: readonly (Shape | undefined)[], attrs = attributes): KernelCall => ({
    op,
    attributes: attrs,
    inputs: shapes.map((shape) => shape ?? []),
    outputs,
  });
  const fused = (first: KernelCall) => [
    first,
    ...(inputs.bias === undefined ? [] : [call('BiasAdd', [outputs[0], inputs.bias])]),
    ...activation(attributes.activation, call, outputs),
  ];
  switch (kernel) {
    case 'Conv2DBackpropInput':
    case 'DepthwiseConv2dNativeBackpropInput':
      return [call(kernel, [[], inputs.filter, inputs.dy])];
    case 'Conv2DBackpropFilter':
    case 'DepthwiseConv2dNativeBackpropFilter':
      return [call(kernel, [inputs.x, [], inputs.dy])];
    case 'FusedConv2D':
    case 'FusedDepthwiseConv2D':
      return fused(
        call(kernel === 'FusedConv2D' ? 'Conv2D' : 'DepthwiseConv2dNative', [inputs.x, inputs.filter]),
      );
    case '_FusedMatMul':
      return fused(
        call('MatMul', [inputs.a, inputs.b], {
          transpose_a: attributes.transposeA,
          transpose_b: attributes.transposeB,
        }),
      );
    case 'BatchMatMul':
      return [
        call('BatchMatMulV2', [inputs.a, inputs.b], {
          adj_x: attributes.transposeA,
          adj_y: attributes.transposeB,
        }),
      ];
    case 'FusedBatchNorm':
      return [call('FusedBatchNorm', [inputs.x], { is_training: false })];
    case 'MaxPool':
    case 'AvgPool':
      return [call(kernel, [inputs.x], { ksize: window(attributes) })];
    case 'MaxPoolGrad':
      return [call(kernel, [inputs.input, inputs.output, inputs.dy], { ksize: window(attributes) })];
    case 'AvgPoolGrad':
      return [call(kernel, [[], inputs.dy], { ksize: window(attributes) })];
    case 'ResizeBilinearGrad':
    case 'ResizeNearestNeighborGrad':
      return [call(kernel, [inputs.dy])];
    default:
      return [call(renamed[kernel] ?? kernel, Object.values(inputs))];
  }
}

function window({ filterSize }: Attributes): number[] {
  return Array.isArray(filterSize) ? (filterSize as number[]) : [filterSize as number, filterSize as number];
}

const activationKernels: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'LeakyRelu',
};

function activation(
  name: unknown,
  call: (op: string, shapes: readonly (Shape | undefined)[]) => KernelCall,
  outputs: readonly Shape[],
): KernelCall[] {
  if (typeof name !== 'string' || name === 'linear') return [];
  return [call(activationKernels[name] ?? `activation ${name}`, [outputs[0]])];
}
