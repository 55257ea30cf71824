import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import { tf, useBackend } from '../tensor';
import { anchorsPerPosition, featureGrid } from './anchors';
import { efficientNetVariants } from './backbones/efficientnet';
import { isTrainable } from './layers/parameter';
import { describeParameters, pixelScaling } from './architecture';
import { forward } from './network';
import { detectorSpec, type BackboneSpec } from '../../core/plan/detector-spec';
import { initialiseWeights } from './weights';

const classifier = { name: 'imagenet', type: 'classification', categories: 1000 } as const;
const detection = { name: 'main', type: 'detection', categories: 6 } as const;

function spec(backbone: Partial<BackboneSpec>) {
  return detectorSpec.parse({ backbone, size: 96, maxLevel: 7, fpnChannels: 16, headConvolutions: 1 });
}

describe('the tensor tables', () => {
  it.each([
    ['b0', 311, 5.29],
    ['b1', 439, 7.79],
    ['b2', 439, 9.11],
    ['b3', 496, 12.23],
    ['b4', 610, 19.34],
    ['b5', 738, 30.39],
    ['b6', 852, 43.04],
    ['b7', 1037, 66.35],
  ] as const)('EfficientNet-%s has %i tensors and %f M parameters', (variant, tensors, millions) => {
    const parameters = describeParameters(spec({ type: 'efficientnet', ...efficientNetVariants[variant] }), [
      classifier,
    ]);
    expect(parameters.length).toBe(tensors);
    const size = parameters
      .filter(isTrainable)
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(size / 1e6).toBeCloseTo(millions, 2);
  });

  it("uses timm's names and layouts", () => {
    const parameters = describeParameters(spec({ type: 'efficientnet', width: 2, depth: 3.1 }), [classifier]);
    const shapes = Object.fromEntries(parameters.map(({ name, fileShape }) => [name, fileShape]));
    expect(shapes).toMatchObject({
      'backbone.conv_stem.weight': [64, 3, 3, 3],
      'backbone.blocks.0.0.conv_dw.weight': [64, 1, 3, 3],
      'backbone.blocks.0.0.conv_pw.weight': [32, 64, 1, 1],
      'backbone.blocks.1.0.se.conv_reduce.weight': [8, 192, 1, 1],
      'backbone.blocks.6.3.conv_pwl.weight': [640, 3840, 1, 1],
      'backbone.blocks.6.3.bn3.running_var': [640],
      'head.imagenet.conv_head.weight': [2560, 640, 1, 1],
      'head.imagenet.classifier.weight': [1000, 2560],
    });
  });

  it("scales the backbone's fresh kernels, and nothing else", () => {
    const draw = (initialScale: number) =>
      initialiseWeights(
        describeParameters(spec({ type: 'efficientnet', width: 0.25, depth: 0.5, initialScale }), [
          detection,
        ]),
        createRandom(1),
      );
    const [whole, tenth] = [draw(1), draw(0.1)];
    for (const [name, { values }] of Object.entries(whole)) {
      const isScaled = name.startsWith('backbone.') && /conv.*weight$/.test(name);
      const expected = isScaled ? 0.1 * values[1 % values.length]! : values[1 % values.length]!;
      expect(tenth[name]!.values[1 % values.length], name).toBeCloseTo(expected, 6);
    }
  });

  it('follows the options of the heads', () => {
    const own = detectorSpec.parse({
      backbone: { type: 'plain' },
      head: { channels: 24, priorProbability: 0.25, convolutionStd: 0.5, predictorStd: 2 },
    });
    const found = Object.fromEntries(describeParameters(own, [detection]).map((p) => [p.name, p]));
    expect(found['head.main.class.0.weight']).toMatchObject({
      shape: [3, 3, 256, 24],
      initialiser: { type: 'normal', deviation: 0.5 },
    });
    expect(found['head.main.box.predict.weight']).toMatchObject({
      shape: [3, 3, 24, 36],
      initialiser: { type: 'normal', deviation: 2 },
    });
    // σ(−log 3) = ¼
    expect(found['head.main.class.predict.bias']!.initialiser).toEqual({
      type: 'constant',
      value: -Math.log(3),
    });
  });

  it('takes pixels as the backbone’s makers did, or as the file says', () => {
    const pixels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
    expect(pixelScaling(spec({ type: 'efficientnet' }))).toMatchObject({ mean: [0.485, 0.456, 0.406] });
    expect(pixelScaling(spec({ type: 'mobilenet-v1' }))).toMatchObject({ std: [0.5, 0.5, 0.5] });
    expect(pixelScaling(detectorSpec.parse({ backbone: { type: 'plain' }, pixels }))).toEqual(pixels);
  });

  it('keeps the small plain detector at 160 thousand parameters', () => {
    const small = detectorSpec.parse({
      backbone: { type: 'plain' },
      size: 96,
      maxLevel: 5,
      fpnChannels: 32,
      headConvolutions: 1,
      anchors: { size: 2, aspectRatios: [1] },
    });
    const size = describeParameters(small, [detection]).reduce(
      (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    );
    expect(size).toBe(160_846);
  });
});

describe('a forward pass', () => {
  beforeAll(async () => {
    await useBackend('tensorflow', { threads: 1 });
  });

  it.each([
    { type: 'plain' },
    { type: 'efficientnet', width: 0.25, depth: 0.5 },
    { type: 'mobilenet-v1', width: 0.25 },
  ] as Partial<BackboneSpec>[])('of $type has a row for every anchor, at an odd size too', (backbone) => {
    for (const size of [96, 75]) {
      const own = { ...spec(backbone), size };
      const weights = initialiseWeights(describeParameters(own, [detection]), createRandom(1));
      const rows =
        anchorsPerPosition(own) *
        featureGrid(own, size, size).reduce((sum, { rows, columns }) => sum + rows * columns, 0);
      tf.tidy(() => {
        const parameters = Object.fromEntries(
          Object.entries(weights).map(([name, { values, shape }]) => [name, tf.tensor(values, [...shape])]),
        );
        const moved: string[] = [];
        const images = tf.randomNormal<tf.Rank.R4>([2, size, size, 3], 0, 1, 'float32', 7);
        const training = { parameters, training: true, moved: (name: string) => moved.push(name) };
        const [outputs] = forward(training, images, [{ head: detection, images: 2 }], own);
        if (outputs?.type !== 'detection') throw new Error('no detection');
        expect(outputs.logits.shape).toEqual([2, rows, 6]);
        expect(outputs.boxCodes.shape).toEqual([2, rows, 4]);
        // The prior: one per cent everywhere.
        expect(tf.mean(tf.sigmoid(outputs.logits)).dataSync()[0]).toBeCloseTo(0.01, 3);
        const averages = Object.keys(weights).filter((name) => /mean$|var$|variance$/.test(name));
        expect(moved.sort()).toEqual(averages.sort());
      });
    }
  });
});
