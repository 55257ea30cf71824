import { describe, expect, it } from 'vitest';
import { benchmarkSpec } from '../../host/benchmark/spec';

/** The least that a benchmark file says; everything else has the paper's default. */
const file = {
  name: 'least',
  title: 'Least',
  dataset: { scenes: {} },
  detector: { backbone: { type: 'efficientnet', width: 2, depth: 3.1 } },
  schedule: { steps: 45_000 },
  axes: { init: ['random'], augmentation: ['s1'], strategy: ['supervised'], fraction: [1], seed: [0] },
};

/** Each constant of the recipe (paper.md, section 2.1): its place in the benchmark file, its value, another value. */
const constants: readonly (readonly [what: string, path: string, value: unknown, other: unknown])[] = [
  ['input side', 'detector.size', 640, 1280],
  ['lowest level', 'detector.minLevel', 3, 4],
  ['highest level', 'detector.maxLevel', 7, 6],
  ['anchor side over stride', 'detector.anchors.size', 4, 3],
  ['octave scales', 'detector.anchors.octaveScales', 3, 1],
  ['aspect ratios', 'detector.anchors.aspectRatios', [1, 2, 0.5], [1]],
  ['positive from IoU', 'detector.matching.positive', 0.5, 0.6],
  ['negative below IoU', 'detector.matching.negative', 0.5, 0.4],
  ['best anchor of each object matches', 'detector.matching.forceMatch', true, false],
  ['focal alpha', 'detector.loss.focalAlpha', 0.25, 0.5],
  ['focal gamma', 'detector.loss.focalGamma', 1.5, 2],
  ['Huber delta', 'detector.loss.huberDelta', 0.1, 1],
  ['box weight', 'detector.loss.boxWeight', 50, 10],
  ['divisor of the losses', 'detector.loss.normaliser', 'positives+1', 'positives'],
  ['pyramid channels', 'detector.fpnChannels', 256, 64],
  ['head convolutions', 'detector.headConvolutions', 4, 2],
  ['head channels (the pyramid’s)', 'detector.head.channels', undefined, 128],
  ['class prior', 'detector.head.priorProbability', 0.01, 0.1],
  ['deviation of head kernels', 'detector.head.convolutionStd', 0.01, 0.02],
  ['deviation of predictor kernels', 'detector.head.predictorStd', 1e-5, 1e-3],
  ['batch norm momentum, pyramid and heads', 'detector.batchNorm.momentum', 0.997, 0.9],
  ['batch norm epsilon, pyramid and heads', 'detector.batchNorm.epsilon', 1e-4, 1e-3],
  ['batch norm momentum, backbone', 'detector.backbone.batchNorm.momentum', 0.99, 0.9],
  ['batch norm epsilon, backbone', 'detector.backbone.batchNorm.epsilon', 1e-3, 1e-5],
  ['drop-connect rate', 'detector.backbone.dropConnect', 0.2, 0],
  [
    'pixel scaling (the backbone’s)',
    'detector.pixels',
    undefined,
    { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  ],
  ['detections before suppression, a class', 'detector.inference.preNmsTopK', 5000, 1000],
  ['suppression above IoU', 'detector.inference.nmsIou', 0.5, 0.6],
  ['score above', 'detector.inference.scoreThreshold', 0.05, 0.01],
  ['detections of an image', 'detector.inference.maxDetections', 100, 300],
  ['input side of inference (training’s)', 'detector.inference.size', undefined, 1280],
  ['Soft-NMS (none)', 'detector.inference.softNmsSigma', undefined, 0.3],
  ['box decoding', 'detector.inference.boxDecoding', 'reference', 'exact'],
  ['largest size ratio', 'detector.inference.maxSizeRatio', 1000 / 16, 100],
  ['batch', 'schedule.batch', 256, 512],
  ['peak learning rate', 'schedule.learningRate', 0.32, 0.28],
  ['warm-up from', 'schedule.warmupLearningRate', 0.0032, 0.001],
  ['warm-up steps', 'schedule.warmupSteps', 1000, 500],
  ['decay', 'schedule.decay.type', 'cosine', 'constant'],
  ['optimizer', 'schedule.optimizer.type', 'sgd', 'adam'],
  ['momentum', 'schedule.optimizer.momentum', 0.9, 0.95],
  ['weight decay', 'schedule.weightDecay', 1e-4, 4e-5],
  ['clipping (none)', 'schedule.clipNorm', undefined, 10],
];

describe('the paper’s constants', () => {
  const least = benchmarkSpec.parse(file);

  it.each(constants)('%s: %s', (_, path, value, other) => {
    const keys = path.split('.');
    expect(valueAt(least, keys)).toEqual(value);
    // An optimizer's settings go with its name.
    const changed = { ...structuredClone(file), schedule: { ...file.schedule, optimizer: { type: 'sgd' } } };
    setAt(changed, keys, other);
    expect(valueAt(benchmarkSpec.parse(changed), keys)).toEqual(other);
  });
});

function valueAt(document: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document);
}

function setAt(document: object, keys: readonly string[], value: unknown): void {
  const parent = keys
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (value, key) => (value[key] ??= {}) as Record<string, unknown>,
      document as Record<string, unknown>,
    );
  parent[keys.at(-1)!] = value;
}
