import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxIou, softSuppress, Suppression } from './nms';

const boxes = fc
  .array(fc.tuple(fc.nat(20), fc.nat(20), fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 12 })
  .map((list) => list.map(([y, x, height, width]) => [y, x, y + height, x + width]));

describe('suppression', () => {
  it('keeps boxes that overlap no kept one, and no others', () => {
    fc.assert(
      fc.property(boxes, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (all, threshold) => {
        const suppression = new Suppression(threshold);
        const earlier: number[][] = [];
        for (const box of all) {
          const free = earlier.every((other) => boxIou(other, box) <= threshold);
          expect(suppression.keeps(box)).toBe(free);
          if (free) earlier.push(box);
        }
      }),
    );
  });
});

describe('soft suppression', () => {
  // Two boxes with IoU 1/3 and one apart.
  const three = [
    [0, 0, 10, 10],
    [0, 5, 10, 15],
    [50, 50, 60, 60],
  ];
  const options = { sigma: 0.5, minScore: 0.05, maxKept: 10 };

  it('lowers the score of an overlapping box by exp(−IoU² / sigma)', () => {
    const kept = softSuppress(three, Float32Array.of(0.9, 0.8, 0.7), options);
    expect(kept.map(({ row }) => row)).toEqual([0, 2, 1]);
    expect(kept[2]!.score).toBeCloseTo(0.8 * Math.exp(-(1 / 9) / 0.5), 6);
  });

  it('drops what falls to the threshold', () => {
    const kept = softSuppress(three, Float32Array.of(0.9, 0.06, 0.7), options);
    expect(kept.map(({ row }) => row)).toEqual([0, 2]);
  });

  it('gives falling scores, each no higher than before', () => {
    fc.assert(
      fc.property(boxes, fc.infiniteStream(fc.double({ min: 0.06, max: 1, noNaN: true })), (all, stream) => {
        const scores = Float32Array.from([...stream.take(all.length)]);
        const kept = softSuppress(all, scores, options);
        kept.forEach(({ row, score }, i) => {
          expect(score).toBeLessThanOrEqual(scores[row]!);
          if (i > 0) expect(score).toBeLessThanOrEqual(kept[i - 1]!.score);
        });
      }),
    );
  });
});
