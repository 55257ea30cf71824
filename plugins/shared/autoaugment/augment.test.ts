import { describe, expect, it } from 'vitest';
import { createImage, createRandom, type Sample } from '../../../src/contract';
import { autoAugment, randAugment } from './augment';
import { paperConstants, scaleConstants, valueAt } from './levels';
import { applyOperation, type OperationName, operationNames } from './operations';
import { randAugmentOperations } from './policies';

const settings = { keepVanished: false };

/** A white square with its box on black. */
const sample: Sample = {
  image: squareAt(40, 24, 16),
  objects: [{ xMin: 40, yMin: 24, xMax: 56, yMax: 40, category: 2, score: 0.5 }],
};

function squareAt(left: number, top: number, side: number) {
  const image = createImage(96, 64, [0, 0, 0]);
  for (let y = top; y < top + side; y++) {
    image.data.fill(255, (y * 96 + left) * 3, (y * 96 + left + side) * 3);
  }
  return image;
}

const geometric = operationNames.filter((name) => /^(Rotate|Shear|Translate)\w*_BBox$/.test(name));

describe('operations', () => {
  it.each(geometric)('%s moves the box with its pixels, both ways', (name) => {
    for (const sign of [-1, 1]) {
      const value = sign * (name.startsWith('Translate') ? 9 : name.startsWith('Shear') ? 0.2 : 12);
      const { image, boxes } = applyOperation(
        { image: sample.image, boxes: [[24 / 64, 40 / 96, 40 / 64, 56 / 96]] },
        { name, value, probability: 1 },
        createRandom(1),
      );
      const [yMin, xMin, yMax, xMax] = boxes[0]!;
      const white = whiteBox(image.data, 96, 64);
      const wanted = [white.top / 64, white.left / 96, white.bottom / 64, white.right / 96];
      for (const [i, share] of [yMin, xMin, yMax, xMax].entries()) {
        // Corners go through whole pixels: the turned box may be off by two of them.
        expect(Math.abs(share - wanted[i]!) * (i % 2 === 0 ? 64 : 96)).toBeLessThanOrEqual(2);
      }
    }
  });

  it.each(operationNames)('%s leaves its input alone, at every level, with and without boxes', (name) => {
    const before = sample.image.data.slice();
    for (let level = 0; level <= 15; level++) {
      for (const boxes of [[], [[0.2, 0.3, 0.2, 0.3], [0.1, 0.1, 1, 1]]] as [number, number, number, number][][]) {
        const random = createRandom(level);
        const value = valueAt(name, level, paperConstants, random);
        const result = applyOperation({ image: sample.image, boxes }, { name, value, probability: 1 }, random);
        expect([result.image.width, result.image.height, result.boxes.length]).toEqual([96, 64, boxes.length]);
        for (const box of result.boxes) for (const share of box) expect(share >= 0 && share <= 1).toBe(true);
      }
    }
    expect(Buffer.compare(sample.image.data, before)).toBe(0);
  }); // prettier-ignore

  it('survives images of one pixel', () => {
    for (const name of operationNames) {
      const image = createImage(1, 1);
      const given = { image, boxes: [[0, 0, 1, 1] as const] };
      const { data } = applyOperation(given, { name, value: 1, probability: 3 }, createRandom(1)).image;
      expect(data).toHaveLength(3);
    }
  });
});

describe('augmenting', () => {
  it('keeps what belongs to an object, and its exact box where nothing moved', () => {
    const colours: OperationName[] = ['Color', 'Equalize'];
    const result = randAugment(
      sample,
      { layers: 3, magnitude: 9, operations: colours },
      settings,
      createRandom(1),
    );
    expect(result.objects).toEqual(sample.objects);
  });

  it('drops an object that was pushed out, unless told to keep a strip as the reference does', () => {
    const push = { layers: 1, magnitude: 10, operations: ['TranslateX_BBox'] as const };
    expect(randAugment(sample, push, settings, createRandom(1)).objects).toEqual([]);
    const kept = randAugment(sample, push, { keepVanished: true }, createRandom(1)).objects;
    expect(kept).toHaveLength(1);
    expect(kept[0]!.xMax - kept[0]!.xMin).toBeCloseTo(0.05 * 96, 4);
  });

  it('scales pixel quantities to the image when a reference side is given', () => {
    expect(scaleConstants(paperConstants, 96 / 640)).toMatchObject({ translate: 37.5, padFraction: 0.75 });
    const push = { layers: 1, magnitude: 4, operations: ['TranslateX_BBox'] as const };
    const [object] = randAugment(sample, push, { ...settings, referenceSide: 640 }, createRandom(1)).objects;
    expect(Math.abs(object!.xMin - 40)).toBeCloseTo(15, 4);
  });

  it.each(['v0', 'v1', 'v2', 'v3'] as const)('is the same for the same draws: %s', (policy) => {
    const results = [1, 1, 2, 3, 4, 5, 6, 7].map((seed) =>
      autoAugment(colourful, policy, settings, createRandom(seed)),
    );
    expect(results[1]).toEqual(results[0]);
    expect(distinct(results)).toBeGreaterThan(2);
  });

  it('tells the operations of RandAugment apart', () => {
    const results = randAugmentOperations.map((name) =>
      randAugment(
        colourful,
        { layers: 1, magnitude: 8, operations: [name] },
        { ...settings, referenceSide: 640 },
        createRandom(3),
      ),
    );
    expect(distinct([colourful, ...results])).toBe(1 + randAugmentOperations.length);
  });
});

const colourful: Sample = {
  image: { width: 96, height: 64, data: Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => (i * i) % 251) },
  objects: [],
};

function distinct(samples: readonly Sample[]): number {
  return new Set(samples.map(({ image }) => Buffer.from(image.data).toString('base64'))).size;
}

function whiteBox(data: Uint8Array, width: number, height: number) {
  const found = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * 3]! < 200) continue;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x + 1);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y + 1);
    }
  }
  return found;
}
