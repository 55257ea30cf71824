import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type NamedArrays } from '../../../contract';
import { tf, useBackend } from '../../tensor';
import { scalePixels } from '../../training/batch-inputs';
import { readCheckpoint } from '../../training/checkpoint/read-checkpoint';
import { readTfjsWeights } from '../../training/checkpoint/tfjs-manifest';
import { backboneMaps } from '../network';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { packageFolder } from '../../../core/files/package-folder';

const data = process.env.RETHINK_DATA ?? join(packageFolder, '../shared/data');
const file = join(data, 'mobilenet-v1-0.25-imagenet', 'model.json');
const images = join(data, 'imagenet-samples-256');
const present = existsSync(file) && existsSync(images);
if (!present) console.warn(`skipped: there is no ${file} or ${images} (set RETHINK_DATA)`);

const side = 224;
const classes = 1000;
const spec = detectorSpec.parse({ backbone: { type: 'mobilenet-v1', width: 0.25 }, size: side });

describe.skipIf(!present)('MobileNetV1 0.25 with its ImageNet weights', () => {
  let raw: NamedArrays;
  let parameters: Record<string, tf.Tensor>;
  let kernel: tf.Tensor2D;
  let bias: tf.Tensor1D;

  beforeAll(async () => {
    await useBackend('tensorflow', { threads: 1 });
    raw = await readTfjsWeights(file);
    const weights = await readCheckpoint({ file, layout: 'keras', spec });
    parameters = Object.fromEntries(
      Object.entries(weights).map(([name, { values, shape }]) => [name, tf.tensor(values, [...shape])]),
    );
    const classifier = (name: string) => raw[`conv_preds/${name}`]!.values;
    kernel = tf.tensor2d(classifier('kernel'), [classifier('kernel').length / classes, classes]);
    bias = tf.tensor1d(classifier('bias'));
  });
  afterAll(() => {
    tf.dispose([...Object.values(parameters), kernel, bias]);
  });

  const logits = (images: tf.Tensor4D): tf.Tensor2D => {
    const { c5 } = backboneMaps({ parameters, training: false }, images, spec);
    return tf.add(tf.matMul(tf.mean<tf.Tensor2D>(c5, [1, 2]), kernel), bias);
  };

  it('computes what a model of Keras’ layers does', () => {
    const model = kerasMobileNet(raw);
    const random = createRandom(1);
    const values = Float32Array.from({ length: 2 * side * side * 3 }, () => random.between(-1, 1));
    tf.tidy(() => {
      const images = tf.tensor4d(values, [2, side, side, 3]);
      const expected = (model.predict(images) as tf.Tensor).dataSync();
      const actual = logits(images).dataSync();
      const scale = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
      expect(worst / scale).toBeLessThan(1e-4);
    });
    model.dispose();
  });

  it('finds the class of 61 % of 250 images, give or take three', async () => {
    // The classes stand in the order of their WordNet ids, with which the files' names begin.
    const names = readdirSync(images)
      .filter((name) => name.endsWith('.jpg'))
      .sort();
    expect(names).toHaveLength(classes);
    let hits = 0;
    for (let first = 0; first < 250; first += 25) {
      const pixels = new Float32Array(25 * side * side * 3);
      for (let i = 0; i < 25; i++) {
        const bytes = await centre(join(images, names[first + i]!));
        scalePixels(spec, bytes, pixels, i * bytes.length);
      }
      const best = tf.tidy(() => tf.argMax(logits(tf.tensor4d(pixels, [25, side, side, 3])), 1).dataSync());
      best.forEach((found, i) => (hits += found === first + i ? 1 : 0));
    }
    expect(hits / 250).toBeGreaterThanOrEqual(0.58);
    expect(hits / 250).toBeLessThanOrEqual(0.64);
  });
});

/** The square in the middle, as wide as the image is, at the network's size. */
function centre(image: string): Promise<Buffer> {
  return sharp(image)
    .resize(side, side, { fit: 'cover', kernel: 'cubic', fastShrinkOnLoad: false })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer();
}

/**
 * The same network from the layers of Keras, which know nothing of this program's: explicit padding before a stride,
 * batch norm, ReLU6.
 */
function kerasMobileNet(weights: NamedArrays): tf.LayersModel {
  const tensors = (layer: string, ...names: string[]) =>
    names.map((name) => {
      const { values, shape } = weights[`${layer}/${name}`]!;
      return tf.tensor(values, [...shape]);
    });
  const input = tf.input({ shape: [side, side, 3] });
  let x: tf.SymbolicTensor = input;
  const apply = (layer: tf.layers.Layer) => (x = layer.apply(x) as tf.SymbolicTensor);
  const norm = (name: string) => {
    apply(
      tf.layers.batchNormalization({
        epsilon: 1e-3,
        weights: tensors(name, 'gamma', 'beta', 'moving_mean', 'moving_variance'),
      }),
    );
    apply(tf.layers.reLU({ maxValue: 6 }));
  };
  const padded = (strides: number) => {
    if (strides === 1) return { strides, padding: 'same' as const, useBias: false };
    apply(
      tf.layers.zeroPadding2d({
        padding: [
          [0, 1],
          [0, 1],
        ],
      }),
    );
    return { strides, padding: 'valid' as const, useBias: false };
  };
  apply(tf.layers.conv2d({ filters: 8, kernelSize: 3, weights: tensors('conv1', 'kernel'), ...padded(2) }));
  norm('conv1_bn');
  [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1].forEach((strides, i) => {
    const [depthwise, pointwise] = [`conv_dw_${i + 1}`, `conv_pw_${i + 1}`];
    apply(
      tf.layers.depthwiseConv2d({
        kernelSize: 3,
        weights: tensors(depthwise, 'depthwise_kernel'),
        ...padded(strides),
      }),
    );
    norm(`${depthwise}_bn`);
    const [kernel] = tensors(pointwise, 'kernel');
    apply(
      tf.layers.conv2d({ filters: kernel!.shape[3]!, kernelSize: 1, useBias: false, weights: [kernel!] }),
    );
    norm(`${pointwise}_bn`);
  });
  apply(tf.layers.globalAveragePooling2d({}));
  apply(tf.layers.reshape({ targetShape: [1, 1, 256] }));
  apply(
    tf.layers.conv2d({
      filters: classes,
      kernelSize: 1,
      weights: tensors('conv_preds', 'kernel', 'bias'),
    }),
  );
  apply(tf.layers.flatten());
  return tf.model({ inputs: input, outputs: x });
}
