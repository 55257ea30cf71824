import { describe, expect, it } from 'vitest';
import { countFlops, kernelFlops, type KernelCall } from './flops';

const call = (op: string, inputs: number[][], outputs: number[][], attributes = {}): KernelCall => ({
  op,
  inputs,
  outputs,
  attributes,
});

describe('FLOPs of a kernel, counted by hand', () => {
  const image = [2, 8, 8, 3];
  const half = [2, 4, 4, 16];
  const filter = [3, 3, 3, 16];
  // 2 images × 4 × 4 pixels × 16 filters, each 3 × 3 × 3 multiply-adds
  const conv = 2 * (2 * 4 * 4 * 16) * 27;
  const cases: [string, KernelCall, number][] = [
    ['convolution', call('Conv2D', [image, filter], [half]), conv],
    ['its gradient by the input', call('Conv2DBackpropInput', [[4], filter, half], [image]), conv],
    ['its gradient by the filter', call('Conv2DBackpropFilter', [image, [4], half], [filter]), conv],
    ['depthwise', call('DepthwiseConv2dNative', [half, [3, 3, 16, 1]], [half]), 2 * 2 * 4 * 4 * 16 * 9],
    [
      'depthwise by the input',
      call('DepthwiseConv2dNativeBackpropInput', [[4], [3, 3, 16, 1], half], [half]),
      2 * 2 * 4 * 4 * 16 * 9,
    ],
    [
      'depthwise by the filter',
      call('DepthwiseConv2dNativeBackpropFilter', [half, [4], half], [[3, 3, 16, 1]]),
      2 * 2 * 4 * 4 * 16 * 9,
    ],
    [
      'cross-entropy with its gradient',
      call(
        'SoftmaxCrossEntropyWithLogits',
        [
          [4, 10],
          [4, 10],
        ],
        [[4], [4, 10]],
      ),
      4 * 10 * 9,
    ],
    [
      'matrix product',
      call(
        'MatMul',
        [
          [5, 7],
          [7, 3],
        ],
        [[5, 3]],
      ),
      2 * 5 * 7 * 3,
    ],
    [
      'transposed',
      call(
        'MatMul',
        [
          [7, 5],
          [7, 3],
        ],
        [[5, 3]],
        { transpose_a: true },
      ),
      2 * 5 * 7 * 3,
    ],
    [
      'batched',
      call(
        'BatchMatMulV2',
        [
          [4, 5, 7],
          [4, 7, 3],
        ],
        [[4, 5, 3]],
      ),
      4 * 2 * 5 * 7 * 3,
    ],
    [
      'batched, transposed',
      call(
        'BatchMatMulV2',
        [
          [4, 7, 5],
          [4, 7, 3],
        ],
        [[4, 5, 3]],
        { adj_x: true },
      ),
      4 * 2 * 105,
    ],
    [
      'batch norm',
      call('FusedBatchNormV3', [half, [16], [16], [0], [0]], [half], { is_training: true }),
      8 * 512,
    ],
    [
      'frozen',
      call('FusedBatchNormV3', [half, [16], [16], [16], [16]], [half], { is_training: false }),
      4 * 512,
    ],
    ['its gradient', call('FusedBatchNormGradV3', [half, half, [16]], [half]), 9 * 512],
    ['addition', call('AddV2', [half, [16]], [half]), 512],
    ['sum of three', call('AddN', [half, half, half], [half]), 2 * 512],
    ['sum', call('Sum', [half, [1]], [[]]), 512],
    ['mean', call('Mean', [half, [2]], [[2, 16]]), 512 + 32],
    ['max pool', call('MaxPool', [image], [[2, 4, 4, 3]], { ksize: [1, 3, 3, 1] }), 96 * 9],
    ['reshape', call('Reshape', [half, [1]], [[512]]), 0],
    ['momentum', call('ResourceApplyMomentum', [[], [], [], [10], []], [], { use_nesterov: false }), 40],
    ['Adam', call('ResourceApplyAdam', [[], [], [], [], [], [], [], [], [], [10]], []), 120],
  ];

  it.each(cases)('%s', (_, kernel, expected) => {
    expect(kernelFlops(kernel)).toBe(expected);
  });
});

describe('FLOPs of a step', () => {
  it('are summed by kernel', () => {
    const add = call('AddV2', [[2], [2]], [[2]]);
    expect(
      countFlops([
        add,
        add,
        call('Reshape', [[2], [1]], [[2]]),
        call(
          'MatMul',
          [
            [1, 2],
            [2, 1],
          ],
          [[1, 1]],
        ),
      ]),
    ).toEqual({
      flops: 8,
      byKernel: { AddV2: 4, MatMul: 4 },
      byPhase: {},
      unknown: [],
    });
  });

  it('name a kernel without a formula, rather than count it as nothing', () => {
    expect(countFlops([call('Einsum', [[2]], [[2]]), call('Einsum', [[2]], [[2]])])).toEqual({
      flops: 0,
      byKernel: {},
      byPhase: {},
      unknown: ['Einsum'],
    });
  });
});
