import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectImages } from './select';
import { type DatasetImage } from './types';

function labelled(labels: readonly number[]): { images: DatasetImage[] } {
  return { images: labels.map((label, i) => ({ id: i, file: `${i}`, objects: [], label })) };
}

describe('selectImages', () => {
  it('nests fractions of the rounded size, whatever the seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.nat(),
        fc.boolean(),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        (length, splitSeed, stratified, a, b) => {
          const dataset = labelled(Array.from({ length }, (_, i) => i % 7));
          const small = selectImages(dataset, { fraction: Math.min(a, b), splitSeed, stratified });
          const large = selectImages(dataset, { fraction: Math.max(a, b), splitSeed, stratified });
          expect(small.length).toBe(Math.max(1, Math.round(Math.min(a, b) * length)));
          expect(large).toEqual(expect.arrayContaining(small));
          expect(new Set(large).size).toBe(large.length);
        },
      ),
    );
  });

  it('keeps the shares of the classes when stratified', () => {
    const dataset = labelled([...Array<number>(80).fill(0), ...Array<number>(20).fill(1)]);
    for (const fraction of [0.1, 0.2, 0.5]) {
      const chosen = selectImages(dataset, { fraction, splitSeed: 3, stratified: true });
      const rare = chosen.filter((i) => dataset.images[i]!.label === 1).length;
      expect(Math.abs(rare - 0.2 * chosen.length)).toBeLessThanOrEqual(1);
    }
  });

  it('draws another part for another seed, and takes all for 1', () => {
    const dataset = labelled(Array.from({ length: 100 }, () => 0));
    const one = selectImages(dataset, { fraction: 0.3, splitSeed: 1 });
    expect(selectImages(dataset, { fraction: 0.3, splitSeed: 1 })).toEqual(one);
    expect(selectImages(dataset, { fraction: 0.3, splitSeed: 2 })).not.toEqual(one);
    expect(selectImages(dataset, { fraction: 1, splitSeed: 2 })).toHaveLength(100);
    const rest = selectImages(dataset, { fraction: 0.3, splitSeed: 1, rest: true });
    expect([...one, ...rest].sort((a, b) => a - b)).toEqual(dataset.images.map((_, i) => i));
    expect(selectImages(dataset, { fraction: 1, splitSeed: 1, rest: true })).toEqual([]);
  });

  it.each([false, true])('parts a fraction in two that share nothing (stratified: %s)', (stratified) => {
    const dataset = labelled(Array.from({ length: 100 }, (_, i) => i % 3));
    for (const fraction of [0.3, 1]) {
      const split = { splitSeed: 1, stratified };
      const kept = selectImages(dataset, { ...split, fraction: fraction * 0.8 });
      const heldOut = selectImages(dataset, { ...split, fraction, after: fraction * 0.8 });
      expect(heldOut).toHaveLength(20 * fraction);
      expect([...kept, ...heldOut].sort((a, b) => a - b)).toEqual(
        selectImages(dataset, { ...split, fraction }),
      );
    }
  });

  it.each([0, -0.1, 1.1, NaN])('refuses a fraction of %s', (fraction) => {
    expect(() => selectImages(labelled([0]), { fraction, splitSeed: 0 })).toThrow(
      'A fraction must be above 0',
    );
  });
});
