import { describe, expect, it } from 'vitest';
import {
  type AugmentationPlugin,
  createImage,
  jitterAndCrop,
  MEAN_COLOUR,
  type Sample,
} from '../../contract';
import { createBatches, stack } from './batches';
import { createEvaluationBatches } from './evaluation-batches';
import { type CachedSamples } from './sample-source';

/** Ten grey images, 20 × 10, the shade telling which; held ones are at hand, others are loaded when asked for. */
function source({ length = 10, atHand = true } = {}): CachedSamples & { loads: number[] } {
  const held = new Set<number>();
  const sampleAt = (index: number): Sample => ({
    image: createImage(20, 10, [index, index, index]),
    objects: [{ xMin: 2, yMin: 1, xMax: 18, yMax: 9, category: 0 }],
  });
  const loads: number[] = [];
  return {
    length,
    loads,
    imageId: (index) => 100 + index,
    peek: (index) => (atHand || held.has(index) ? sampleAt(index) : undefined),
    load(index) {
      loads.push(index);
      held.add(index);
      return Promise.resolve(sampleAt(index));
    },
  };
}

const jitter: AugmentationPlugin = {
  strength: 1,
  apply: (sample, { size, random }) =>
    jitterAndCrop(sample, { size, scaleMin: 0.5, scaleMax: 2, flip: 0.5 }, random),
};

function broken(apply: () => Sample) {
  const request = { source: source(), size: 16, batch: 2, seed: 1 };
  return createBatches({ ...request, augmentation: { name: 'odd', plugin: { strength: 1, apply } } }).make(0);
}

describe('createBatches', () => {
  const request = {
    source: source(),
    size: 16,
    batch: 4,
    seed: 7,
    augmentation: { name: 'jitter', plugin: jitter },
  };

  it('goes through every image once an epoch, in an order of its own', async () => {
    const batches = createBatches(request);
    const ids: number[] = [];
    for (let step = 0; step < 5; step++) ids.push(...(await batches.make(step)).imageIds);
    const first = ids.slice(0, 10);
    const second = ids.slice(10);
    expect(new Set(first).size).toBe(10);
    expect(new Set(second).size).toBe(10);
    expect(first).not.toEqual(second);
  });

  it('makes any part of any step without the others', async () => {
    const whole = createBatches(request);
    for (let step = 0; step < 5; step++) await whole.make(step);
    const parts = createBatches(request);
    for (let step = 5; step < 8; step++) {
      const { samples, imageIds } = await whole.make(step);
      const [head, tail] = [await parts.make(step, 0, 1), await parts.make(step, 1, 4)];
      expect([...head.samples, ...tail.samples]).toEqual(samples);
      expect([...head.imageIds, ...tail.imageIds]).toEqual(imageIds);
    }
  });

  it('gives other batches for another seed', async () => {
    expect(await createBatches({ ...request, seed: 8 }).make(0)).not.toEqual(
      await createBatches(request).make(0),
    );
  });

  it('makes several views of each image, by draws of their own, without leaving one out', async () => {
    const [one, two] = [createBatches(request), createBatches({ ...request, batch: 8, views: 2 })];
    for (let step = 0; step < 3; step++) {
      const [single, double] = [await one.make(step), await two.make(step)];
      expect(double.imageIds).toEqual([...single.imageIds, ...single.imageIds]);
      expect(double.samples.slice(0, 4)).toEqual(single.samples);
      expect(double.samples.slice(4)).not.toEqual(single.samples);
    }
  });

  it('pads right and bottom with the mean colour', async () => {
    const { samples } = await createBatches({ ...request, augmentation: undefined, batch: 1 }).make(0);
    const images = stack(samples, 16);
    expect(images.length).toBe(16 * 16 * 3);
    expect([samples[0]!.image.width, samples[0]!.image.height]).toEqual([16, 8]);
    expect([...images.subarray(16 * 8 * 3, 16 * 8 * 3 + 3)]).toEqual([...MEAN_COLOUR]);
    expect(samples[0]!.objects[0]).toMatchObject({ xMin: 1.6, yMin: 0.8, xMax: 14.4, yMax: 7.2 });
  });

  it('gives a plugin other samples, whether their images are at hand or not, the same ones', async () => {
    const mixing: AugmentationPlugin = {
      strength: 1,
      apply(_sample, context) {
        const shade = [context.another(), context.another()].map(({ image }) => image.data[0]!) as [
          number,
          number,
        ];
        return { image: createImage(8, 8, [...shade, context.random.integer(256)]), objects: [] };
      },
    };
    const mixed = { ...request, augmentation: { name: 'mixing', plugin: mixing } };
    const held = await createBatches(mixed).make(0);
    const loaded = await createBatches({ ...mixed, source: source({ atHand: false }) }).make(0);
    expect(loaded.samples).toEqual(held.samples);
    expect(new Set(held.samples.map(({ image }) => image.data[0])).size).toBeGreaterThan(1);
  });

  it.each([
    ['throws', () => { throw new Error('oops'); }, 'AUGMENTATION_FAILED', /"odd" on image \d+ failed: oops/],
    ['returns nothing', () => undefined, 'AUGMENTATION_RESULT', /no image/],
    ['returns an image too large', () => ({ image: createImage(17, 8), objects: [] }), 'AUGMENTATION_RESULT', /larger than the input/],
    ['returns too few values', () => ({ image: { width: 4, height: 4, data: new Uint8Array(3) }, objects: [] }), 'AUGMENTATION_RESULT', /3 values/],
    ['returns a box outside', () => ({ image: createImage(4, 4), objects: [{ xMin: 0, yMin: 0, xMax: 5, yMax: 4, category: 0 }] }), 'AUGMENTATION_RESULT', /outside its image/],
    ['returns a box of NaN', () => ({ image: createImage(4, 4), objects: [{ xMin: NaN, yMin: 0, xMax: 3, yMax: 4, category: 0 }] }), 'AUGMENTATION_RESULT', /outside its image/],
  ])('names a plugin that %s', async (_, apply, code, message) => {
    const error = broken(apply as () => Sample);
    await expect(error).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  }); // prettier-ignore
});

describe('createEvaluationBatches', () => {
  it('shows every image once, in order, with the way back to its own pixels', async () => {
    const ids: number[] = [];
    for await (const batch of createEvaluationBatches({ source: source(), size: 16, batch: 4 })) {
      ids.push(...batch.imageIds);
      expect(batch.images.length).toBe(batch.imageIds.length * 16 * 16 * 3);
      for (const [i, scale] of batch.scales.entries()) {
        const [object] = batch.samples[i]!.objects;
        expect(object!.xMax / scale.x).toBeCloseTo(18, 5);
        expect(object!.yMax / scale.y).toBeCloseTo(9, 5);
        expect(batch.sizes[i]).toEqual({ width: 20, height: 10 });
      }
    }
    expect(ids).toEqual(Array.from({ length: 10 }, (_, i) => 100 + i));
  });
});
