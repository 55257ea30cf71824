import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import type { HeadSpec } from '../../core/plan/head-spec';
import { anchorsPerPosition, featureGrid } from '../detector/anchors';
import { describeParameters } from '../detector/architecture';
import { forward } from '../detector/network';
import { detectorSpec, type BackboneSpec } from '../../core/plan/detector-spec';
import { initialiseWeights } from '../detector/weights';
import { createState, hostTensor, hostZeros, useBackend, type HostTensor, type tf } from '../tensor';
import { scheduleSpec } from '../../core/plan/schedule';
import { createStepRunner } from './step/step-runner';
import { trainingState } from './step/train-step';
import { inferenceFlops, trainStepFlops } from './network-flops';
import type { TrainingSetUp } from './step/training-set-up';

beforeAll(async () => {
  await useBackend('tensorflow', { threads: 1 });
});

const detection: HeadSpec = { name: 'main', type: 'detection', categories: 5 };
const classes: HeadSpec = { name: 'classes', type: 'classification', categories: 40 };
const imageCount = 4;

const backbones: [string, Partial<BackboneSpec>][] = [
  ['plain', { type: 'plain' }],
  ['EfficientNet', { type: 'efficientnet', width: 0.5, depth: 0.5 }],
  ['MobileNetV1', { type: 'mobilenet-v1', width: 0.5 }],
];

function specOf(backbone: Partial<BackboneSpec>) {
  return detectorSpec.parse({
    backbone,
    size: 64,
    maxLevel: 6,
    fpnChannels: 32,
    headConvolutions: 1,
    anchors: { aspectRatios: [1] },
  });
}

/** FLOPs of the kernels that a training step runs. */
async function metered(backbone: Partial<BackboneSpec>, head: HeadSpec, schedule: object) {
  const spec = specOf(backbone);
  const parts = [{ head, images: imageCount, weight: 1 }];
  const setUp: TrainingSetUp = {
    spec,
    schedule: scheduleSpec.parse({ steps: 10, batch: imageCount, ...schedule }),
    parts,
    parameters: describeParameters(spec, [head]),
  };
  const state = createState(trainingState(setUp, initialiseWeights(setUp.parameters, createRandom(1))));
  const anchors =
    anchorsPerPosition(spec) * featureGrid(spec, 64, 64).reduce((sum, g) => sum + g.rows * g.columns, 0);
  const inputs: Record<string, HostTensor | number> = {
    images: hostZeros([imageCount, 64, 64, 3]),
    learningRate: 0.1,
    updateNumber: 1,
    ...(setUp.schedule.emaDecay === undefined ? {} : { averageDecay: 0.5 }),
    ...(head.type === 'detection'
      ? {
          'classTargets.0': hostTensor(new Int32Array(imageCount * anchors), [imageCount, anchors]),
          'boxTargets.0': hostZeros([imageCount, anchors, 4]),
        }
      : { 'labels.0': hostTensor(new Int32Array(imageCount), [imageCount]) }),
  };
  const count = await createStepRunner(state, setUp, 10).compile(inputs);
  state.dispose();
  return { count, declared: trainStepFlops(spec, setUp.schedule, parts) };
}

describe('a training step, counted from its architecture and metered from its kernels', () => {
  it.each(backbones)('agree for %s within a hundredth', async (_, backbone) => {
    const { count, declared } = await metered(
      { ...backbone, ...(backbone.type === 'efficientnet' ? { dropConnect: 0 } : {}) },
      detection,
      { optimizer: { type: 'adam' }, weightDecay: 0 },
    );
    expect(count.unknown).toEqual([]);
    expect(declared.total / count.flops).toBeCloseTo(1, 2);
    expect(declared.forward / count.byPhase.forward!).toBeCloseTo(1, 2);
    expect(declared.backward / count.byPhase.backward!).toBeCloseTo(1, 1);
    expect(declared.update / count.byPhase.update!).toBeCloseTo(1, 1);
    // The rule of thumb: a training step costs three forward passes.
    expect(count.flops / count.byPhase.forward!).toBeGreaterThan(2.5);
    expect(count.flops / count.byPhase.forward!).toBeLessThan(3.2);
  });

  it.each([
    ['classification', classes, {}],
    ['frozen stages', detection, { freeze: { stages: 3 } }],
    ['frozen batch norm', detection, { freeze: { batchNorm: true } }],
    ['clipped, averaged', detection, { clipNorm: 1, emaDecay: 0.99 }],
    ['two passes', detection, { microBatch: 2 }],
  ])('agree with %s', async (_, head, schedule) => {
    const { count, declared } = await metered({ type: 'plain' }, head, schedule);
    expect(declared.total / count.flops).toBeGreaterThan(0.97);
    expect(declared.total / count.flops).toBeLessThan(1.03);
  });
});

it.each(backbones)(
  'a forward pass of %s, counted and metered, agree within a hundredth',
  async (_, given) => {
    const spec = specOf(given);
    const weights = initialiseWeights(describeParameters(spec, [detection]), createRandom(1));
    const state = createState(weights);
    const step = state.createStep({
      name: 'forward',
      run(context) {
        const parameters = Object.fromEntries(Object.keys(weights).map((name) => [name, context.get(name)]));
        const images = context.inputs.images as tf.Tensor4D;
        const [output] = forward(
          { parameters, training: false },
          images,
          [{ head: detection, images: imageCount }],
          spec,
        );
        if (output?.type !== 'detection') throw new TypeError('no detection');
        return { logits: output.logits, boxes: output.boxCodes };
      },
    });
    const { flops } = await step.flops({ images: hostZeros([imageCount, 64, 64, 3]) });
    state.dispose();
    expect((imageCount * inferenceFlops(spec, detection)) / flops).toBeCloseTo(1, 2);
  },
);

it('EfficientNet-B0 at 224 px has the published 0.39 G multiply-adds', () => {
  const spec = detectorSpec.parse({ backbone: { type: 'efficientnet' }, size: 224 });
  const head: HeadSpec = { name: 'imagenet', type: 'classification', categories: 1000 };
  // Tan and Le, arXiv 1905.11946, table 2; batch norm and swish, which the paper leaves out, come on top.
  expect(inferenceFlops(spec, head) / 2 / 1e9).toBeGreaterThan(0.39);
  expect(inferenceFlops(spec, head) / 2 / 1e9).toBeLessThan(0.43);
});
