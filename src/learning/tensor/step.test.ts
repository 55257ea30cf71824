import { beforeAll, describe, expect, it } from 'vitest';
import {
  adamSlots,
  clipByGlobalNorm,
  createState,
  hostTensor,
  momentumSlots,
  tf,
  useBackend,
  type StepDefinition,
} from './index';

beforeAll(async () => {
  await useBackend('tensorflow', { threads: 1 });
});

const weights = { w: hostTensor([1, 2, 3, 4], [2, 2]), b: hostTensor([0, 0], [2]) };
const x = hostTensor([1, -1, 2, 0.5], [2, 2]);
const names = ['w', 'b'];

const leastSquares: StepDefinition = {
  name: 'least-squares',
  run(context) {
    const { loss, gradients, auxiliary } = context.gradients(names, ({ w, b }) => {
      const y = tf.add(tf.matMul(context.inputs.x as tf.Tensor2D, w as tf.Tensor2D), b!);
      context.assign('mean', tf.mean(y, 0));
      return { loss: tf.mean(tf.square(y)), auxiliary: { largest: tf.max(y) } };
    });
    const clipped = clipByGlobalNorm(gradients, 1);
    for (const name of names) {
      context.applyMomentum(name, clipped.gradients[name]!, {
        learningRate: context.inputs.rate!,
        momentum: 0.9,
      });
    }
    return { loss, norm: clipped.norm, largest: auxiliary.largest };
  },
};

describe('a step', () => {
  it('takes gradients, updates weights, and leaks no tensor', async () => {
    const state = createState({
      ...weights,
      ...momentumSlots(weights, names),
      mean: hostTensor([0, 0], [2]),
    });
    const step = state.createStep(leastSquares);
    const first = await step.run({ x, rate: 0.1 });
    const count = tf.memory().numTensors;
    const second = await step.run({ x, rate: 0.1 });
    expect(tf.memory().numTensors).toBe(count);
    // y = [[-2, -2], [3.5, 6]]
    expect(first.loss!.values[0]).toBeCloseTo((4 + 4 + 12.25 + 36) / 4, 5);
    expect(first.largest!.values[0]).toBe(6);
    expect(second.loss!.values[0]).toBeLessThan(first.loss!.values[0]!);
    expect((await state.read(['mean'])).mean!.shape).toEqual([2]);
  });

  it('counts its floating-point operations', async () => {
    const state = createState({ ...weights, ...adamSlots(weights, names) });
    const step = state.createStep({
      name: 'product',
      run: ({ inputs, get }) => ({ y: tf.matMul(inputs.x as tf.Tensor2D, get('w')) }),
    });
    const count = await step.flops({ x });
    expect(count).toMatchObject({ flops: 2 * 2 * 2 * 2, unknown: [] });
  });

  it('names what it does not know', async () => {
    const state = createState(weights);
    const step = state.createStep({ name: 'wrong', run: ({ get }) => ({ y: get('ww') }) });
    await expect(step.run({})).rejects.toThrow('The state has no “ww”.');
    await expect(state.write({ w: hostTensor([1], [1]) })).rejects.toThrow('it cannot become');
  });
});
