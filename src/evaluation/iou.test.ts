import fc from 'fast-check';
import { expect, test } from 'vitest';
import { iou } from './iou';

const of = (one: number[], other: number[], crowd = false): number =>
  iou(Float64Array.from(one), 0, Float64Array.from(other), 0, crowd);

test('by hand', () => {
  expect(of([0, 0, 2, 2], [1, 0, 2, 2])).toBe(2 / 6);
  expect(of([0, 0, 2, 2], [0, 0, 2, 2])).toBe(1);
  expect(of([0, 0, 2, 2], [2, 0, 2, 2])).toBe(0); // they touch
  expect(of([0, 0, 0, 0], [0, 0, 2, 2])).toBe(0); // no area, never NaN
  expect(of([0, 0, 0, 0], [0, 0, 0, 0])).toBe(0);
});

test('of a crowd: the share of the detection that lies inside', () => {
  expect(of([0, 0, 2, 2], [1, 0, 100, 100], true)).toBe(0.5);
  expect(of([5, 5, 2, 2], [0, 0, 100, 100], true)).toBe(1);
});

test('lies in [0, 1], is symmetric, and does not change with the scale', () => {
  const box = fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(box, box, (one, other) => {
      const value = of(one, other);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(of(other, one)).toBe(value);
      const scaled = (sides: number[]): number[] => sides.map((side) => 4 * side);
      expect(of(scaled(one), scaled(other))).toBe(value);
    }),
  );
});
