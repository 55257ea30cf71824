import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type NamedArrays } from '../../../contract';
import { describeParameters } from '../../detector/architecture';
import { detectorSpec } from '../../../core/plan/detector-spec';
import { initialiseWeights, toFile } from '../../detector/weights';
import { writeSafetensors } from '../../tensor/safetensors';
import { readCheckpoint } from './read-checkpoint';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const efficientNet = detectorSpec.parse({
  backbone: { type: 'efficientnet', width: 0.25, depth: 0.5 },
  size: 64,
});
const mobileNet = detectorSpec.parse({ backbone: { type: 'mobilenet-v1', width: 0.25 }, size: 64 });

/** The backbone's tensors under their own library's names. */
function library(spec: typeof efficientNet) {
  const parameters = describeParameters(spec, []);
  const weights = initialiseWeights(parameters, createRandom(3));
  const file = Object.entries(toFile(parameters, weights));
  return {
    weights,
    tensors: Object.fromEntries(file.map(([name, t]) => [name.replace('backbone.', ''), t])),
  };
}

describe("timm's layout", () => {
  it('is read with counters and a classifier, or without', async () => {
    const { weights, tensors } = library(efficientNet);
    const file = join(folder, 'timm.safetensors');
    const extra: NamedArrays = {
      'bn1.num_batches_tracked': { shape: [], values: Int32Array.of(7) },
      'classifier.bias': { shape: [2], values: Float32Array.of(1, 2) },
    };
    for (const written of [tensors, { ...tensors, ...extra }]) {
      await writeSafetensors(file, written);
      expect(await readCheckpoint({ file, layout: 'timm', spec: efficientNet })).toEqual(weights);
    }
  });

  it('lists what is missing, unexpected or of another shape', async () => {
    const { 'bn1.bias': _, ...tensors } = library(efficientNet).tensors;
    const file = join(folder, 'wrong.safetensors');
    const odd = { shape: [1], values: Float32Array.of(0) };
    await writeSafetensors(file, { ...tensors, 'blocks.9.0.bn1.weight': odd, 'conv_stem.weight': odd });
    await expect(readCheckpoint({ file, layout: 'timm', spec: efficientNet })).rejects.toMatchObject({
      code: 'WEIGHTS_DO_NOT_FIT',
      message:
        'The weights do not fit the network: 1 missing: backbone.bn1.bias; ' +
        '1 unexpected: backbone.blocks.9.0.bn1.weight; ' +
        '1 of another shape: backbone.conv_stem.weight ([1] instead of [8, 3, 3, 3]).',
    });
  });

  it.each([
    ['bn1.bias', NaN],
    ['conv_stem.weight', Infinity],
    ['bn1.running_var', -0.1],
  ])('with a value that cannot be is refused: %s %d', async (name, value) => {
    const { tensors } = library(efficientNet);
    const { shape, values } = tensors[name]!;
    const file = join(folder, 'odd-value.safetensors');
    await writeSafetensors(file, {
      ...tensors,
      [name]: {
        shape,
        values: Float32Array.from(values, (own: number, i: number) => (i === 3 ? value : own)),
      },
    });
    await expect(readCheckpoint({ file, layout: 'timm', spec: efficientNet })).rejects.toMatchObject({
      code: 'WEIGHTS_VALUE',
      location: { file, path: `backbone.${name}` },
    });
  });

  it('is refused for a backbone of another library', async () => {
    const source = { file: 'any.safetensors', layout: 'timm', spec: mobileNet } as const;
    await expect(readCheckpoint(source)).rejects.toMatchObject({ code: 'CHECKPOINT_LAYOUT' });
  });
});

describe("a TensorFlow.js manifest in Keras' names", () => {
  const write = (
    tensors: ReturnType<typeof library>['tensors'],
    change: (shard: Buffer) => Buffer = (b) => b,
  ) => {
    const names = Object.keys(tensors);
    const bytes = names.map((name) => Buffer.from(tensors[name]!.values.buffer));
    writeFileSync(join(folder, 'shard'), change(Buffer.concat(bytes)));
    const weights = names.map((name) => ({ name, shape: tensors[name]!.shape, dtype: 'float32' }));
    writeFileSync(
      join(folder, 'model.json'),
      JSON.stringify({ weightsManifest: [{ paths: ['shard'], weights }] }),
    );
    return join(folder, 'model.json');
  };

  it('is read', async () => {
    const { weights, tensors } = library(mobileNet);
    expect(await readCheckpoint({ file: write(tensors), layout: 'keras', spec: mobileNet })).toEqual(weights);
  });

  it.each([
    ['a shard that is cut off', (b: Buffer) => b.subarray(0, -4), 'TFJS_SHARD'],
    ['a shard that is too long', (b: Buffer) => Buffer.concat([b, b]), 'TFJS_MANIFEST'],
  ])('with %s is refused', async (_, change, code) => {
    const file = write(library(mobileNet).tensors, change);
    await expect(readCheckpoint({ file, layout: 'keras', spec: mobileNet })).rejects.toMatchObject({ code });
  });

  it('may not name files elsewhere', async () => {
    const file = join(folder, 'escape.json');
    writeFileSync(file, JSON.stringify({ weightsManifest: [{ paths: ['../shard'], weights: [] }] }));
    await expect(readCheckpoint({ file, layout: 'keras', spec: mobileNet })).rejects.toThrow(/outside/);
  });
});
