import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf, useBackend } from '../../tensor';
import { fixtureFolder, readTensors } from '../fixtures.test-helper';
import { describeParameters } from '../architecture';
import { backboneMaps, forward } from '../network';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { requireWeights } from '../weights';

interface Meta {
  widthMultiplier: number;
  depthMultiplier: number;
  imageSize: number;
}

const folder = fixtureFolder('efficientnet');
// A file without a test would count as failed where the folder is absent.
const cases = folder === undefined ? ['of the reference numbers'] : readdirSync(folder);
/** timm's names of what belongs to a classification head here. */
const headPart = /^(conv_head|bn2|classifier)\./;

describe.skipIf(folder === undefined).each(cases)("timm's EfficientNet %s", (name) => {
  const path = (file: string) => join(folder!, name, file);
  beforeAll(async () => {
    await useBackend('tensorflow', { threads: 1 });
  });

  it('gives the same features and logits', () => {
    const meta = JSON.parse(readFileSync(path('meta.json'), 'utf8')) as Meta;
    const model = readTensors(path('model.safetensors')).tensors;
    const io = readTensors(path('io.safetensors'));
    const spec = detectorSpec.parse({
      backbone: { type: 'efficientnet', width: meta.widthMultiplier, depth: meta.depthMultiplier },
      size: meta.imageSize,
    });
    const head = {
      name: 'timm',
      type: 'classification',
      categories: model['classifier.bias']!.values.length,
    } as const;
    const renamed = Object.fromEntries(
      Object.entries(model).map(([key, value]) => [
        headPart.test(key) ? `head.timm.${key}` : `backbone.${key}`,
        value,
      ]),
    );
    const weights = requireWeights(describeParameters(spec, [head]), renamed, { file: name });
    tf.tidy(() => {
      const parameters = Object.fromEntries(
        Object.entries(weights).map(([key, { values, shape }]) => [key, tf.tensor(values, [...shape])]),
      );
      const pass = { parameters, training: false };
      const input = tf.transpose(
        tf.tensor4d(io.floats('input'), io.shape('input') as [number, number, number, number]),
        [0, 2, 3, 1],
      );
      const maps = backboneMaps(pass, input, spec);
      for (const key of ['c3', 'c4', 'c5'] as const) {
        expectRelative(tf.transpose(maps[key], [0, 3, 1, 2]), io.floats(key));
      }
      const [outputs] = forward(pass, input, [{ head, images: input.shape[0] }], spec);
      if (outputs?.type !== 'classification') throw new Error('the head classifies');
      expectRelative(outputs.logits, io.floats('logits'));
    });
  });
});

/** Within 1e-4 of the largest value. */
function expectRelative(actual: tf.Tensor, expected: Float32Array): void {
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  const worst = expected.reduce((max, value, i) => Math.max(max, Math.abs(value - values[i]!)), 0);
  expect(worst / scale).toBeLessThan(1e-4);
}
