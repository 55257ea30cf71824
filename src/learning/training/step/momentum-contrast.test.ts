import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../contract';
import { describeParameters } from '../../detector/architecture';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { initialiseWeights } from '../../detector/weights';
import { createState, hostTensor, useBackend } from '../../tensor';
import { scheduleSpec } from '../../../core/plan/schedule';
import { createStepRunner } from './step-runner';
import { trainingState } from './train-step';
import type { TrainingSetUp } from './training-set-up';

beforeAll(async () => {
  await useBackend('tensorflow', { threads: 1 });
});

const queue = 6;
const spec = detectorSpec.parse({
  backbone: { type: 'plain', channels: [4, 4, 8, 8, 8] },
  size: 32,
  maxLevel: 5,
});
const head = {
  name: 'pool.contrast', type: 'contrastive', categories: 5, temperature: 0.2, queue, momentum: 0.9,
} as const; // prettier-ignore
const setUp: TrainingSetUp = {
  spec,
  schedule: scheduleSpec.parse({ steps: 10, batch: 4, weightDecay: 0, warmupSteps: 0 }),
  parts: [{ head, images: 8, weight: 1 }],
  parameters: describeParameters(spec, [head]),
};
const random = createRandom('images');
const images = hostTensor(Float32Array.from({ length: 8 * 32 * 32 * 3 }, () => random.normal()), [8, 32, 32, 3]); // prettier-ignore
const QUEUE = 'contrast:queue';

async function run(steps: number, compiled: boolean) {
  const weights = initialiseWeights(setUp.parameters, createRandom('weights'));
  const state = createState(trainingState(setUp, weights), { compiled });
  const runner = createStepRunner(state, setUp, steps);
  const cost = await runner.compile({ images, learningRate: 0.1, updateNumber: 1 });
  const losses: number[] = [];
  const states = [await state.read()];
  for (let step = 0; step < steps; step++) {
    const { loss } = await runner.run({ images, learningRate: 0.1, updateNumber: step + 1 }, false);
    losses.push(loss!);
    states.push(await state.read());
  }
  state.dispose();
  return { losses, states, cost };
}

describe('momentum contrast', () => {
  it('is the same compiled and op by op, and learns to tell the pairs apart', async () => {
    const compiled = await run(6, true);
    const eager = await run(6, false);
    compiled.losses.forEach((loss, step) => expect(loss).toBeCloseTo(eager.losses[step]!, 3));
    expect(compiled.cost.flops).toBe(eager.cost.flops);
    expect(compiled.cost.unknown).toEqual([]);
  });

  it('puts the newest keys first and lets the oldest go', async () => {
    const { states } = await run(2, true);
    const rows = (at: number) => {
      const { values } = states[at]![QUEUE]!;
      return Array.from({ length: queue }, (_, row) => [...values.slice(row * 5, row * 5 + 5)]);
    };
    // Four keys a step, six places: the first two of the first step are still there after the second.
    expect(rows(2).slice(4)).toEqual(rows(1).slice(0, 2));
    expect(rows(1).slice(4)).toEqual(rows(0).slice(0, 2));
    for (const row of rows(1)) expect(Math.hypot(...row)).toBeCloseTo(1, 4);
  });

  it('moves the key network slowly towards the other, and by nothing else', async () => {
    const { states } = await run(2, true);
    const name = 'head.pool.contrast.projection.weight';
    const value = (at: number, suffix = '') => states[at]![name + suffix]!.values[0]!;
    expect(value(1, ':key')).toBeCloseTo(value(0), 6);
    expect(value(2, ':key')).toBeCloseTo(0.9 * value(1, ':key') + 0.1 * value(1), 6);
  });
});
