import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../contract';
import { describeParameters } from '../../detector/architecture';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { initialiseWeights } from '../../detector/weights';
import { createState, hostTensor, useBackend, type HostTensor } from '../../tensor';
import { inputLayout } from '../batch-inputs';
import { createInputArrays } from '../input/input-plan';
import { writeDetectionTargets } from '../input/write-inputs';
import { scheduleSpec } from '../../../core/plan/schedule';
import { createStepRunner, type StepValues } from './step-runner';
import { passesOf, trainingState } from './train-step';
import type { TrainingSetUp } from './training-set-up';

beforeAll(async () => {
  await useBackend('tensorflow', { threads: 1 });
});

const spec = detectorSpec.parse({
  backbone: { type: 'plain', channels: [4, 4, 8, 8, 8] },
  size: 32,
  maxLevel: 5,
  fpnChannels: 4,
  headConvolutions: 1,
  anchors: { size: 2, aspectRatios: [1] },
});
const detection = { name: 'main', type: 'detection', categories: 2 } as const;
const classification = { name: 'images', type: 'classification', categories: 3 } as const;

function setUp(schedule: object, changes: Partial<TrainingSetUp> = {}): TrainingSetUp {
  const parts = changes.parts ?? [{ head: detection, images: 4, weight: 1 }];
  const heads = [...new Map(parts.map(({ head }) => [head.name, head])).values()];
  return {
    spec,
    schedule: scheduleSpec.parse({ steps: 10, batch: 4, weightDecay: 0, ...schedule }),
    parts,
    parameters: describeParameters(spec, heads),
    ...changes,
  };
}

const random = createRandom('inputs');

function inputsFor({ parts }: TrainingSetUp, same = false): StepValues {
  const total = parts.reduce((sum, { images: imageCount }) => sum + imageCount, 0);
  const one = Float32Array.from({ length: 32 * 32 * 3 }, () => random.normal());
  const images = Float32Array.from({ length: total * one.length }, (_, i) =>
    same ? one[i % one.length]! : random.normal(),
  );
  const inputs: Record<string, HostTensor | number> = {
    images: hostTensor(images, [total, 32, 32, 3]),
    learningRate: 0.1,
    updateNumber: 1,
  };
  const layout = inputLayout(
    spec,
    parts.map(({ head: { type }, images }) => ({ type, images })),
  );
  const { images: _, ...arrays } = createInputArrays(layout);
  const image = { width: 32, height: 32, data: new Uint8Array() };
  const objects = [{ xMin: 3, yMin: 5, xMax: 20, yMax: 22, category: 1 }];
  parts.forEach(({ head, images: imageCount }, i) => {
    if (head.type === 'classification') {
      arrays[`labels.${i}`]!.values.fill(1);
    } else if (head.type === 'detection') {
      const samples = Array.from({ length: imageCount }, () => ({ image, objects }));
      writeDetectionTargets(samples, layout, arrays, i);
    }
  });
  return { ...inputs, ...arrays };
}

async function runOnce(training: TrainingSetUp, inputs: StepValues, compiled = true) {
  const weights = initialiseWeights(training.parameters, createRandom('weights'));
  const state = createState(trainingState(training, weights), { compiled });
  const figures = await createStepRunner(state, training, 1).run(inputs, true);
  const after = await state.read();
  state.dispose();
  const changed = Object.keys(weights).filter(
    (name) => !after[name]!.values.every((value, i) => value === weights[name]!.values[i]),
  );
  return { figures, before: weights, after, changed };
}

describe('a step over two data sets', () => {
  const parts = [
    { head: detection, images: 4, weight: 1 },
    { head: detection, images: 2, weight: 0.5 },
    { head: classification, images: 4, weight: 2 },
  ];

  it('adds weighted losses', async () => {
    const training = setUp({}, { parts });
    const { figures } = await runOnce(training, inputsFor(training));
    const sum = figures['loss.0']! + 0.5 * figures['loss.1']! + 2 * figures['loss.2']!;
    expect(figures.loss).toBeCloseTo(sum, 4);
  });

  it('scales the others to the first where losses are normalised', async () => {
    const training = setUp({}, { parts, normaliseLosses: { alpha: 0.5, decay: 0.9, first: 2 } });
    const { figures, after } = await runOnce(training, inputsFor(training));
    // In the first step a moving average is the loss itself: the ratio makes all equal.
    expect(figures.loss).toBeCloseTo(2 * figures['loss.2']!, 4);
    expect(after['loss-average:0']!.values[0]).toBeCloseTo(0.1 * 2 * figures['loss.2']!, 4);
  });

  it('gives the same figures op by op', async () => {
    const training = setUp({ clipNorm: 1, emaDecay: 0.9 }, { parts });
    const inputs = { ...inputsFor(training), averageDecay: 0.5 };
    const compiled = await runOnce(training, inputs);
    const eager = await runOnce(training, inputs, false);
    for (const [name, value] of Object.entries(eager.figures)) {
      expect(compiled.figures[name]).toBeCloseTo(value, 4);
    }
  });
});

describe('soft labels', () => {
  const hard = setUp({}, { parts: [{ head: detection, images: 4, weight: 1 }] });
  const soft = setUp({}, { parts: [{ head: detection, images: 4, weight: 1, soft: true }] });
  const inputs = inputsFor(hard);
  const withScores = (score: number): StepValues => {
    const targets = inputs['classTargets.0'] as HostTensor;
    const values = Float32Array.from(targets.values, (target) => (target >= 0 ? score : 1));
    return { ...inputs, 'scores.0': hostTensor(values, targets.shape) };
  };

  it('count fully at score 1, in one pass and in several', async () => {
    const once = await runOnce(hard, inputs);
    const sure = await runOnce(soft, withScores(1));
    expect(sure.figures.loss).toBeCloseTo(once.figures.loss!, 5);
    const passes = setUp({ microBatch: 2 }, { parts: soft.parts });
    const half = await runOnce(soft, withScores(0.5));
    const halfInPasses = await runOnce(passes, withScores(0.5));
    expect(halfInPasses.figures.loss).toBeCloseTo(half.figures.loss!, 4);
    expect(half.figures['positives.0']).toBeCloseTo(once.figures['positives.0']! / 2, 5);
  });

  it('are background at score 0, and compiled what they are op by op', async () => {
    const none = await runOnce(soft, withScores(0));
    expect(none.figures['boxLoss.0']).toBe(0);
    const compiled = await runOnce(soft, withScores(0.3));
    const eager = await runOnce(soft, withScores(0.3), false);
    expect(compiled.figures.loss).toBeCloseTo(eager.figures.loss!, 5);
  });
});

describe('a contrastive step', () => {
  const head = { name: 'pool.contrast', type: 'contrastive', categories: 6, temperature: 0.5 } as const;

  it('trains backbone and projection, compiled as op by op', async () => {
    const training = setUp({}, { parts: [{ head, images: 8, weight: 1 }] });
    const inputs = inputsFor(training);
    const compiled = await runOnce(training, inputs);
    const eager = await runOnce(training, inputs, false);
    expect(compiled.figures.loss).toBeCloseTo(eager.figures.loss!, 4);
    expect(compiled.figures.loss).toBeGreaterThan(0);
    expect(compiled.changed).toContain('backbone.conv1.weight');
    expect(compiled.changed).toContain('head.pool.contrast.projection.weight');
  });

  it('is refused in several passes, which would each compare fewer images', () => {
    const parts = [{ head, images: 8, weight: 1 }];
    expect(() => passesOf(setUp({ microBatch: 2 }, { parts }))).toThrow(/contrastive/);
  });
});

describe('a step', () => {
  it('in several passes updates as in one, but for the statistics of each pass', async () => {
    // Equal images have equal statistics in any number, so that only the gradients' sum is compared.
    const whole = setUp({});
    const parted = setUp({ microBatch: 2 });
    expect(passesOf(parted)).toBe(2);
    const inputs = inputsFor(whole, true);
    // The second pass sees no object at all: its share of the positives is not the first one's.
    const targets = inputs['classTargets.0'] as HostTensor;
    targets.values.fill(-1, targets.values.length / 2);
    for (const normaliser of ['positives+1', 'positives'] as const) {
      const exact = { ...spec, loss: { ...spec.loss, normaliser } };
      const one = await runOnce({ ...whole, spec: exact }, inputs);
      const two = await runOnce({ ...parted, spec: exact }, inputs);
      expect(two.figures.loss! / one.figures.loss!).toBeCloseTo(1, 4);
      expect(two.figures['positives.0']).toBe(one.figures['positives.0']);
      expect(two.figures.gradientNorm! / one.figures.gradientNorm!).toBeCloseTo(1, 3);
    }
  });

  it('in several passes is the very update of one where batch norm is frozen', async () => {
    const parts = [{ head: classification, images: 4, weight: 1 }];
    const freeze = { batchNorm: true };
    const whole = setUp({ freeze, weightDecay: 0.01, clipNorm: 0.5 }, { parts });
    const inputs = inputsFor(whole);
    const one = await runOnce(whole, inputs);
    const two = await runOnce(
      setUp({ freeze, weightDecay: 0.01, clipNorm: 0.5, microBatch: 1 }, { parts }),
      inputs,
    );
    expect(one.changed.length).toBeGreaterThan(0);
    for (const name of one.changed) {
      one.after[name]!.values.forEach((value, i) => {
        expect(two.after[name]!.values[i], name).toBeCloseTo(value, 5);
      });
    }
  });

  it('refuses passes that do not divide the batch', () => {
    expect(() => passesOf(setUp({ microBatch: 3 }))).toThrow(/microBatch 3/);
  });

  it('leaves frozen stages alone, their batch norm included', async () => {
    const training = setUp({ freeze: { stages: 2 } });
    const { changed } = await runOnce(training, inputsFor(training));
    expect(changed.filter((name) => /conv[12]|bn[12]\./.test(name) && name.startsWith('backbone.'))).toEqual(
      [],
    );
    expect(changed).toContain('backbone.conv3.weight');
    expect(changed).toContain('backbone.bn3.running_mean');
  });

  it('leaves frozen batch norm alone, and trains the rest', async () => {
    const training = setUp({ freeze: { batchNorm: true } });
    const { changed } = await runOnce(training, inputsFor(training));
    expect(changed.filter((name) => name.startsWith('backbone.bn'))).toEqual([]);
    expect(changed).toContain('backbone.conv1.weight');
    expect(changed).toContain('fpn.bn.3.running_mean');
  });

  it('averages weights', async () => {
    const training = setUp({ emaDecay: 0.9 });
    const { before, after } = await runOnce(training, { ...inputsFor(training), averageDecay: 0.75 });
    const name = 'backbone.conv1.weight';
    after[`${name}:average`]!.values.forEach((value, i) => {
      const expected = 0.75 * before[name]!.values[i]! + 0.25 * after[name]!.values[i]!;
      expect(value).toBeCloseTo(expected, 5);
    });
  });
});
