import { beforeAll, describe, it } from 'vitest';
import { expectClose, fixtureFolder, readFixture } from '../../detector/fixtures.test-helper';
import { createState, hostTensor, useBackend, type BackendName } from '../../tensor';
import { learningRateAt } from '../learning-rate';
import { referenceSchedule, type ReferenceRate } from '../reference-schedule.test-helper';
import { applyUpdate, optimizerSlots, type OptimizerSettings } from './optimise';

interface Trajectories {
  trajectories: {
    name: string;
    steps: number;
    momentum: number;
    l2_weight_decay: number;
    gradient_clip_norm: number;
    learning_rate: ReferenceRate;
    variables: string[];
  }[];
}

const folder = fixtureFolder('retinanet');

describe.skipIf(folder === undefined).each<BackendName>(['cpu', 'tensorflow'])(
  'twelve steps of SGD of the reference code on the backend %s',
  (backend) => {
    const fixture = folder === undefined ? undefined : readFixture<Trajectories>(folder, 'schedule');
    beforeAll(async () => {
      await useBackend(backend);
    });

    it.each(fixture?.description.trajectories ?? [])('$name', async (trajectory) => {
      const { name, variables, steps } = trajectory;
      const key = (variable: string, what: string) => `${name}/${variable}/${what}`;
      const settings: OptimizerSettings = {
        optimizer: { type: 'sgd', momentum: trajectory.momentum, nesterov: false },
        weightDecay: trajectory.l2_weight_decay,
        clipNorm: trajectory.gradient_clip_norm || undefined,
      };
      const shapes = Object.fromEntries(variables.map((v) => [v, fixture!.shape(key(v, 'start'))]));
      const weights = Object.fromEntries(
        variables.map((v) => [v, hostTensor(fixture!.floats(key(v, 'start')), shapes[v]!)]),
      );
      const state = createState({
        ...weights,
        ...optimizerSlots[settings.optimizer.type](weights, variables),
      });
      const decayed = new Set(variables.filter((v) => /(kernel|weight)$/.test(v)));
      const step = state.createStep({
        name: 'update',
        run(context) {
          const { learningRate, updateNumber, ...gradients } = context.inputs;
          const byName = Object.fromEntries(variables.map((v, i) => [v, gradients[`gradient${i}`]!]));
          applyUpdate(context, settings, {
            gradients: byName,
            decayed,
            learningRate: learningRate!,
            updateNumber: updateNumber!,
            withNorm: false,
          });
          return { done: learningRate! };
        },
      });
      // `steps` of the cosine's table is where it ends.
      const schedule = referenceSchedule(trajectory.learning_rate, steps);
      const rates = fixture!.floats(`${name}/learningRates`);
      for (let i = 0; i < steps; i++) {
        const rate = learningRateAt(schedule, i);
        expectClose([rate], [rates[i]!], { absolute: 1e-7 });
        const at = (v: string, what: string) => {
          const size = shapes[v]!.reduce((a, b) => a * b, 1);
          return fixture!.floats(key(v, what)).slice(i * size, (i + 1) * size);
        };
        const gradients = variables.map(
          (v, k) => [`gradient${k}`, hostTensor(at(v, 'gradients'), shapes[v]!)] as const,
        );
        await step.run({ ...Object.fromEntries(gradients), learningRate: rate, updateNumber: i + 1 });
        const values = await state.read(variables);
        for (const v of variables) expectClose(values[v]!.values, at(v, 'values'), { absolute: 1e-5 });
      }
      state.dispose();
    });
  },
);
