import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../contract';
import { initialiseWeights } from '../../detector/weights';
import { parseSpeedOptions } from '../../bench/options';
import { speedInputs, speedTraining } from '../../bench/subject';
import { createState, mixedPrecisionProblem, useBackend } from '../../tensor';
import { createStepRunner } from './step-runner';
import { trainingState } from './train-step';

const problem = mixedPrecisionProblem('tensorflow');
const steps = 4;

/** Weights before and after some steps, and the figures of each. */
async function train(options: Readonly<Record<string, string>>, precision: 'float32' | 'mixed') {
  const setUp = speedTraining(parseSpeedOptions({ ...options, precision }));
  const before = initialiseWeights(setUp.parameters, createRandom('weights'));
  const state = createState(trainingState(setUp, before), { precision: setUp.spec.precision });
  const runner = createStepRunner(state, setUp, steps);
  const inputs = { ...speedInputs(setUp), learningRate: 0.01 };
  const { flops } = await runner.compile(inputs);
  const figures: Record<string, number>[] = [];
  for (let i = 1; i <= steps; i++) figures.push(await runner.run({ ...inputs, updateNumber: i }, true));
  const after = await state.read();
  state.dispose();
  const update = Object.keys(before).flatMap((name) =>
    Array.from(after[name]!.values, (value, i) => value - before[name]!.values[i]!),
  );
  return { figures, flops, update };
}

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

describe.skipIf(problem !== undefined)(
  `steps in mixed precision${problem ? ` (skipped: ${problem})` : ''}`,
  () => {
    beforeAll(async () => {
      await useBackend('tensorflow', { threads: 1 });
    });

    it.each<Readonly<Record<string, string>>>([
      {
        backbone: 'plain',
        size: '64',
        batch: '2',
        detector: 'retinanet',
        fpnChannels: '8',
        headConvolutions: '1',
      },
      { backbone: 'efficientnet-b0', width: '0.25', depth: '0.2', size: '96', batch: '4', classes: '10' },
      { backbone: 'plain', size: '64', batch: '4', microBatch: '2' },
    ])('follow those in float32: %j', async (options) => {
      const exact = await train(options, 'float32');
      const mixed = await train(options, 'mixed');
      expect(mixed.flops).toBe(exact.flops);
      mixed.figures.forEach(({ loss, gradientNorm }, step) => {
        const { loss: exactLoss, gradientNorm: exactNorm } = exact.figures[step]!;
        expect(loss).not.toBe(exactLoss);
        // bfloat16 has 8 significant bits (0.4 %); what they change in one step, later steps add to.
        expect(Math.abs(loss! / exactLoss! - 1)).toBeLessThan(step === 0 ? 0.005 : 0.05);
        expect(Math.abs(gradientNorm! / exactNorm! - 1)).toBeLessThan(step === 0 ? 0.02 : 0.05);
      });
      const difference = mixed.update.map((value, i) => value - exact.update[i]!);
      expect(norm(difference) / norm(exact.update)).toBeLessThan(0.1);
    });
  },
);

it('only compiled steps can be of mixed precision', async () => {
  await useBackend('tensorflow', { threads: 1 });
  const weights = { w: { dtype: 'float32', shape: [1], values: Float32Array.of(1) } } as const;
  expect(() => createState(weights, { compiled: false, precision: 'mixed' })).toThrow(
    expect.objectContaining({ code: 'PRECISION_UNSUPPORTED' }) as Error,
  );
});
