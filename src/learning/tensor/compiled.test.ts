import { beforeAll, describe, expect, it } from 'vitest';
import {
  adamSlots,
  clipByGlobalNorm,
  createState,
  currentBackend,
  type HostTensor,
  hostTensor,
  hostZeros,
  momentumSlots,
  type State,
  type StepContext,
  type StepDefinition,
  tf,
  useBackend,
} from './index';
import { relu, swish } from './fused/activations';
import { batchNormTraining } from './fused/batch-norm';

beforeAll(async () => {
  await useBackend('tensorflow', { threads: 1 });
});

/** Deterministic values without a pattern. */
function noise(shape: readonly number[], seed: number, scale = 1): HostTensor {
  let state = seed;
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * scale;
  });
  return { dtype: 'float32', shape, values };
}

const weights = {
  'conv1/kernel': noise([3, 3, 3, 8], 1),
  'conv1/gamma': hostTensor(new Float32Array(8).fill(1), [8]),
  'conv1/beta': hostZeros([8]),
  'conv2/kernel': noise([3, 3, 8, 8], 2),
  'conv2/depthwise': noise([3, 3, 8, 1], 6),
  'dense/kernel': noise([8, 4], 3),
  'dense/bias': hostZeros([4]),
};
const names = Object.keys(weights);
const averages = {
  mean: hostZeros([8]),
  variance: hostTensor(new Float32Array(8).fill(1), [8]),
  updates: hostZeros([]),
};

function network(context: StepContext, w: Readonly<Record<string, tf.Tensor>>): tf.Tensor2D {
  const { assign, get, inputs } = context;
  let x = tf.conv2d(inputs.images as tf.Tensor4D, w['conv1/kernel'] as tf.Tensor4D, 2, 'same');
  const { y, mean, variance } = batchNormTraining(
    x,
    w['conv1/gamma'] as tf.Tensor1D,
    w['conv1/beta'] as tf.Tensor1D,
    { epsilon: 1e-3 },
  );
  assign('mean', tf.add(tf.mul(get('mean'), 0.9), tf.mul(mean, 0.1)));
  assign('variance', tf.add(tf.mul(get('variance'), 0.9), tf.mul(variance, 0.1)));
  x = swish(y);
  x = tf.conv2d(x, w['conv2/kernel'] as tf.Tensor4D, 1, 'same');
  x = relu(tf.depthwiseConv2d(x, w['conv2/depthwise'] as tf.Tensor4D, 1, 'same'));
  const features = tf.mean<tf.Tensor2D>(tf.maxPool(x, 2, 2, 'same'), [1, 2]);
  return tf.add(tf.matMul(features, w['dense/kernel'] as tf.Tensor2D), w['dense/bias']!);
}

function trainStep(optimizer: 'momentum' | 'nesterov' | 'adam'): StepDefinition {
  return {
    name: `train-${optimizer}`,
    run(context) {
      const { inputs } = context;
      const { loss, gradients, auxiliary } = context.gradients(names, (w) => {
        const logits = network(context, w);
        const loss = tf.losses.softmaxCrossEntropy(inputs.labels!, logits).asScalar();
        return { loss, auxiliary: { largest: tf.max(logits) } };
      });
      const clipped = clipByGlobalNorm(gradients, 0.5);
      context.assignAdd('updates', tf.scalar(1));
      for (const name of names) {
        const gradient = clipped.gradients[name]!;
        const learningRate = inputs.rate!;
        if (optimizer === 'adam') {
          context.applyAdam(name, gradient, { learningRate, updateNumber: context.get('updates') });
        } else {
          context.applyMomentum(name, gradient, {
            learningRate,
            momentum: 0.9,
            nesterov: optimizer === 'nesterov',
          });
        }
      }
      return { loss, norm: clipped.norm, largest: auxiliary.largest, update: context.get('updates') };
    },
  };
}

const batch = (index: number) => ({
  images: noise([4, 16, 16, 3], 100 + index, 2),
  labels: hostTensor([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [4, 4]),
  rate: 0.05,
});

const slots = { momentum: momentumSlots, nesterov: momentumSlots, adam: adamSlots };

async function train(optimizer: keyof typeof slots, compiled: boolean, steps = 8) {
  const state = createState({ ...weights, ...slots[optimizer](weights, names), ...averages }, { compiled });
  const step = state.createStep(trainStep(optimizer));
  const outputs: number[][] = [];
  for (let index = 0; index < steps; index += 1) {
    outputs.push(Object.values(await step.run(batch(index))).map(({ values }) => values[0]!));
  }
  const values = await state.read();
  state.dispose();
  return { outputs, values };
}

function expectClose(
  actual: Record<string, HostTensor>,
  expected: Record<string, HostTensor>,
  tolerance: number,
) {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { values, shape }] of Object.entries(actual)) {
    expect(shape).toEqual(expected[name]!.shape);
    values.forEach((value, i) => {
      const other = expected[name]!.values[i]!;
      expect(Math.abs(value - other), `${name}[${i}]: ${value} and ${other}`).toBeLessThanOrEqual(
        tolerance * (1 + Math.abs(other)),
      );
    });
  }
}

describe.each(['momentum', 'nesterov', 'adam'] as const)('a step compiled, with %s', (optimizer) => {
  it('equals the same step op by op', async () => {
    const compiled = await train(optimizer, true);
    const plain = await train(optimizer, false);
    compiled.outputs.flat().forEach((value, i) => {
      const other = plain.outputs.flat()[i]!;
      expect(Math.abs(value - other)).toBeLessThanOrEqual(2e-4 * (1 + Math.abs(other)));
    });
    expect(compiled.outputs[0]![0]).toBeCloseTo(plain.outputs[0]![0]!, 5);
    // Adam divides by the size of the gradient, and so makes rounding visible where a gradient is nearly nothing.
    expectClose(compiled.values, plain.values, optimizer === 'adam' ? 5e-3 : 1e-4);
  });

  it('gives the same bits again', async () => {
    expect(await train(optimizer, true)).toEqual(await train(optimizer, true));
  });
});

describe('a compiled step', () => {
  const scale: StepDefinition = {
    name: 'scale',
    run: ({ get, assign, inputs }) => {
      const y = tf.mul(inputs.x!, get('factor'));
      assign('factor', tf.mul(get('factor'), 2));
      return { y, next: get('factor') };
    },
  };

  it('shares its state with other steps, and takes inputs of other shapes', async () => {
    const state = createState({ factor: hostTensor([3], []) });
    const first = state.createStep(scale);
    const other = state.createStep({ name: 'read', run: ({ get }) => ({ factor: get('factor') }) });
    expect((await first.run({ x: hostTensor([1, 2], [2]) })).y!.values).toEqual(Float32Array.of(3, 6));
    expect((await first.run({ x: hostTensor([1, 2, 3], [3]) })).y!.values).toEqual(
      Float32Array.of(6, 12, 18),
    );
    expect((await other.run({})).factor!.values[0]).toBe(12);
    await state.write({ factor: hostTensor([5], []) });
    expect((await first.run({ x: hostTensor([1, 2], [2]) })).next!.values[0]).toBe(10);
    expect((await state.read()).factor!.values[0]).toBe(10);
    state.dispose();
    await expect(first.run({ x: hostTensor([1, 2], [2]) })).rejects.toThrow('disposed');
  });

  it('keeps tensors and sessions constant from step to step', async () => {
    const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
    const state = createState({ ...weights, ...momentumSlots(weights, names), ...averages });
    const before = [tf.memory().numTensors, binding.getNumOfTensors()];
    const step = state.createStep(trainStep('momentum'));
    for (let index = 0; index < 3; index += 1) {
      await step.run(batch(index));
      expect([tf.memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
    }
    state.dispose();
  });

  it('does not see what becomes of the arrays that it was given', async () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const state = createState({ w: { dtype: 'float32', shape: [4], values } });
    values.fill(9);
    const step = state.createStep({
      name: 'add',
      run: ({ get, inputs }) => ({ y: tf.add(get('w'), inputs.x!) }),
    });
    const x = new Float32Array(4);
    await step.run({ x: hostTensor(x, [4]) });
    const written = Float32Array.of(5, 6, 7, 8);
    await state.write({ w: hostTensor(written, [4]) });
    written.fill(9);
    expect((await step.run({ x: hostTensor(x, [4]) })).y!.values).toEqual(Float32Array.of(5, 6, 7, 8));
  });

  it('counts FLOPs from its record', async () => {
    const step = (state: State) => state.createStep(trainStep('momentum'));
    const initial = { ...weights, ...momentumSlots(weights, names), ...averages };
    const compiled = await step(createState(initial)).flops(batch(0));
    const plain = await step(createState(initial, { compiled: false })).flops(batch(0));
    expect(compiled.unknown).toEqual([]);
    expect(plain.unknown).toEqual([]);
    for (const kernel of [
      'Conv2D',
      'Conv2DBackpropFilter',
      'Conv2DBackpropInput',
      'FusedBatchNormV3',
      'MatMul',
    ]) {
      expect(compiled.byKernel[kernel], kernel).toBe(plain.byKernel[kernel]);
    }
    // 4 images, 8 × 8 pixels, 3 × 3 window: first 3 → 8 channels, then 8 → 8
    expect(compiled.byKernel.Conv2D).toBe(2 * 4 * 64 * 9 * (3 * 8 + 8 * 8));
  });
});

describe('a step that would freeze', () => {
  const x = hostTensor([1, 2], [2]);
  const run = (definition: StepDefinition['run']) =>
    createState({ w: x }).createStep({ name: 'wrong', run: definition }).run({ x });

  it('is refused when it reads values back', async () => {
    await expect(run(({ inputs }) => ({ y: tf.scalar(inputs.x!.dataSync()[0]!) }))).rejects.toMatchObject({
      code: 'STEP_READS_BACK',
    });
    await expect(run(({ get }) => ({ y: tf.scalar(tf.sum(get('w')).dataSync()[0]!) }))).rejects.toMatchObject(
      {
        code: 'STEP_READS_BACK',
      },
    );
  });

  it('is refused when it draws random numbers', async () => {
    await expect(run(({ inputs }) => ({ y: tf.dropout(inputs.x!, 0.5) }))).rejects.toMatchObject({
      code: 'STEP_RANDOM',
    });
    expect(Math.random()).toBeLessThan(1);
  });

  it('is refused when it takes an undeclared tensor', async () => {
    const fresh = tf.tensor1d([1, 2]);
    await expect(run(({ inputs }) => ({ y: tf.add(inputs.x!, fresh) }))).rejects.toMatchObject({
      code: 'STEP_FOREIGN_TENSOR',
    });
    const used = tf.add(fresh, 1);
    await expect(run(({ inputs }) => ({ y: tf.add(inputs.x!, used) }))).rejects.toMatchObject({
      code: 'STEP_FOREIGN_TENSOR',
    });
  });

  it('leaves the backend as it was', () => {
    expect(currentBackend().name).toBe('tensorflow');
    expect(tf.tensor1d([1, 2]).add(1).dataSync()).toEqual(Float32Array.of(2, 3));
  });
});
