import { beforeAll, describe, expect, it } from 'vitest';
import { tf, useBackend } from '../index';
import { biasAdd, relu, relu6, sigmoid, swish } from './activations';
import {
  batchNormActivation,
  batchNormInference,
  batchNormTraining,
  composedBatchNormInference,
  composedBatchNormTraining,
} from './batch-norm';
import {
  composedSoftmaxCrossEntropy,
  type FocalLossOptions,
  sigmoidFocalLoss,
  softmaxCrossEntropy,
} from './losses';

beforeAll(async () => {
  await useBackend('tensorflow', { threads: 1 });
});
import { depthwiseConvolution } from './depthwise';
import { upsampleNearest } from './resize';

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Inputs away from kinks and zeros, so that finite differences are honest. */
const spread = (shape: number[], phase: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => 2 * Math.sin(1.7 * i + phase) + 0.11,
    ),
    shape,
  );
const positive = (shape: number[], phase: number): tf.Tensor => tf.add(tf.abs(spread(shape, phase)), 0.5);
const binary = (shape: number[]): tf.Tensor => tf.cast(tf.greater(spread(shape, 5), 0.7), 'float32');

const x = () => spread([2, 3, 2, 3], 0.3);
const channel = (phase: number) => positive([3], phase);
const norm = { epsilon: 1e-3 };
const focal = { alpha: 0.25, gamma: 1.5 };
const as4 = (tensor?: tf.Tensor) => tensor as tf.Tensor4D;
const as1 = (tensor?: tf.Tensor) => tensor as tf.Tensor1D;
const as2 = (tensor?: tf.Tensor) => tensor as tf.Tensor2D;

/** The focal loss by automatic differentiation. */
function composedSigmoidFocalLoss(logits: tf.Tensor, targets: tf.Tensor, { alpha, gamma }: FocalLossOptions) {
  const z = tf.mul(logits, tf.sub(tf.mul(targets, 2), 1));
  const weight = tf.add(tf.mul(targets, 2 * alpha - 1), 1 - alpha);
  return tf.mul(weight, tf.mul(tf.pow(tf.sigmoid(tf.neg(z)), gamma), tf.softplus(tf.neg(z))));
}

const composedSwish = (z: tf.Tensor) => tf.mul(z, tf.sigmoid(z));

const cases: {
  name: string;
  inputs: () => tf.Tensor[];
  by: number[];
  fused: Operation;
  composed: Operation;
}[] = [
  {
    name: 'batch norm, training',
    inputs: () => [x(), channel(1), channel(2)],
    by: [0, 1, 2],
    fused: (x, g, b) => batchNormTraining(as4(x), as1(g), as1(b), norm).y,
    composed: (x, g, b) => composedBatchNormTraining(as4(x), as1(g), as1(b), norm).y,
  },
  ...(['none', 'relu', 'relu6', 'swish'] as const).map((activation) => ({
    name: `batch norm, training, and ${activation}`,
    inputs: () => [x(), tf.mul(channel(1), 2), channel(2)],
    by: [0, 1, 2],
    fused: (...[x, g, b]: Parameters<Operation>) =>
      batchNormActivation(as4(x), as1(g), as1(b), { ...norm, activation }).y,
    composed: (...[x, g, b]: Parameters<Operation>) => {
      const { y } = composedBatchNormTraining(as4(x), as1(g), as1(b), norm);
      const after = { none: (z: tf.Tensor4D) => z, relu: tf.relu, relu6: tf.relu6, swish: composedSwish };
      return after[activation](y);
    },
  })),
  ...[
    { side: 5, stride: 1, channels: 3, height: 6 },
    { side: 5, stride: 2, channels: 17, height: 7 },
    { side: 3, stride: 2, channels: 2, height: 4 },
  ].map(({ side, stride, channels, height }) => ({
    name: `depthwise convolution, ${side}×${side}, stride ${stride}`,
    inputs: () => [spread([2, height, 6, channels], 0.3), spread([side, side, channels, 1], 0.7)],
    by: [0, 1],
    fused: (...[x, f]: Parameters<Operation>) => depthwiseConvolution(as4(x), as4(f), stride),
    composed: (...[x, f]: Parameters<Operation>) => tf.depthwiseConv2d(as4(x), as4(f), stride, 'same'),
  })),
  {
    name: 'batch norm, given statistics',
    inputs: () => [x(), channel(1), channel(2), channel(3), channel(4)],
    by: [0, 1, 2],
    fused: (x, g, b, m, v) => batchNormInference(as4(x), as1(g), as1(b), as1(m), as1(v), norm),
    composed: (x, g, b, m, v) => composedBatchNormInference(as4(x), as1(g), as1(b), as1(m), as1(v), norm),
  },
  { name: 'relu', inputs: () => [x()], by: [0], fused: (x) => relu(x), composed: (x) => tf.relu(x) },
  {
    name: 'relu6',
    inputs: () => [tf.mul(x(), 4)],
    by: [0],
    fused: (x) => relu6(x),
    composed: (x) => tf.relu6(x),
  },
  {
    name: 'sigmoid',
    inputs: () => [x()],
    by: [0],
    fused: (x) => sigmoid(x),
    composed: (x) => tf.sigmoid(x),
  },
  {
    name: 'swish',
    inputs: () => [x()],
    by: [0],
    fused: (x) => swish(x),
    composed: (x) => tf.mul(x, tf.sigmoid(x)),
  },
  {
    name: 'bias',
    inputs: () => [x(), channel(1)],
    by: [0, 1],
    fused: (x, b) => biasAdd(x, as1(b)),
    composed: (x, b) => tf.add(x, b),
  },
  {
    name: 'focal loss',
    inputs: () => [tf.mul(x(), 3), binary([2, 3, 2, 3])],
    by: [0],
    fused: (x, t) => sigmoidFocalLoss(x, t, focal),
    composed: (x, t) => composedSigmoidFocalLoss(x, t, focal),
  },
  {
    name: 'softmax cross-entropy',
    inputs: () => [spread([4, 5], 1), tf.softmax(spread([4, 5], 2))],
    by: [0],
    fused: (x, t) => softmaxCrossEntropy(as2(x), as2(t)),
    composed: (x, t) => composedSoftmaxCrossEntropy(as2(x), as2(t)),
  },
];

/** A scalar that depends on each element otherwise. */
const probe = (y: tf.Tensor) => tf.sum(tf.mul(y, positive(y.shape, 9)));

describe.each(cases)('$name', ({ inputs, by, fused, composed }) => {
  const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());
  /** By the inputs named in `by`, in their order. */
  const gradients = (operation: Operation) => {
    const all = inputs();
    const f = (...chosen: tf.Tensor[]) => {
      const tensors = all.map((tensor, i) => chosen[by.indexOf(i)] ?? tensor);
      return probe(operation(...tensors));
    };
    return tf
      .grads(f)(by.map((i) => all[i]!))
      .map(values);
  };

  it('equals the composed operation', () => {
    const expected = values(composed(...inputs()));
    values(fused(...inputs())).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
    const expectedGradients = gradients(composed);
    const actual = gradients(fused);
    actual.forEach((gradient, k) =>
      gradient.forEach((value, i) => expect(value).toBeCloseTo(expectedGradients[k]![i]!, 3)),
    );
  });

  it('has the gradient of finite differences', () => {
    const actual = gradients(fused);
    const step = 1e-2;
    by.forEach((input, k) => {
      const base = values(inputs()[input]!);
      base.forEach((value, i) => {
        const at = (shift: number) =>
          tf.tidy(() => {
            const tensors = inputs();
            const moved = base.map((other, j) => (j === i ? value + shift : other));
            tensors[input] = tf.tensor(moved, tensors[input]!.shape);
            return probe(fused(...tensors)).dataSync()[0]!;
          });
        const slope = (at(step) - at(-step)) / (2 * step);
        expect(Math.abs(slope - actual[k]![i]!)).toBeLessThan(0.01 + 0.01 * Math.abs(slope));
      });
    });
  });

  it('leaks no tensor', () => {
    gradients(fused);
    const before = tf.memory().numTensors;
    tf.tidy(() => void gradients(fused));
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('gives the batch statistics for moving averages', () => {
  const fused = batchNormTraining(as4(x()), as1(channel(1)), as1(channel(2)), norm);
  const composed = composedBatchNormTraining(as4(x()), as1(channel(1)), as1(channel(2)), norm);
  for (const name of ['mean', 'variance'] as const) {
    fused[name].dataSync().forEach((value, i) => expect(value).toBeCloseTo(composed[name].dataSync()[i]!, 5));
  }
});

it.each(['tensorflow', 'cpu'] as const)(
  'repeats pixels, with its gradient for every image, on %s',
  async (backend) => {
    await useBackend(backend);
    const dy = spread([2, 4, 6, 3], 1);
    const gradient = tf.grad((x) => tf.sum(tf.mul(upsampleNearest(as4(x)), dy)));
    const actual = gradient(spread([2, 2, 3, 3], 2)).dataSync();
    const expected = tf.sum(tf.reshape(dy, [2, 2, 2, 3, 2, 3]), [2, 4]).dataSync();
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  },
);
