import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costRatio } from './cost-ratio';
import { costToTarget, type Crossing, survivalOf, sustainedCrossing } from './cost-to-target';
import type { CostCurve } from '../../core/cost/curves';

const curve = (seed: number, ...points: [cost: number, AP: number][]): CostCurve => ({
  seed,
  points: points.map(([cost, AP]) => ({ cost, AP })),
});
const at = (cost: number): Crossing => ({ reached: true, cost, between: [0, cost] });
const beyond = (cost: number): Crossing => ({ reached: false, beyond: cost });

describe('sustainedCrossing', () => {
  it('interpolates between the points around it', () => {
    const { points } = curve(0, [0, 0], [10, 0.2], [20, 0.4]);
    expect(sustainedCrossing(points, 0.3)).toEqual({ reached: true, cost: 15, between: [10, 20] });
    expect(sustainedCrossing(points, 0.4)).toEqual({ reached: true, cost: 20, between: [10, 20] });
  });

  it('does not take the first lucky crossing for it', () => {
    const { points } = curve(0, [0, 0], [10, 0.4], [20, 0.2], [30, 0.4]);
    expect(sustainedCrossing(points, 0.3)).toMatchObject({ reached: true, cost: 25 });
    expect(sustainedCrossing(points.slice(0, 3), 0.3)).toEqual({ reached: false, beyond: 20 });
  });

  it('refuses what is no curve', () => {
    expect(() => sustainedCrossing([], 0.3)).toThrow(TypeError);
    expect(() => sustainedCrossing(curve(0, [2, 0], [1, 0]).points, 0.3)).toThrow(TypeError);
    expect(() => sustainedCrossing(curve(0, [Number.NaN, 0]).points, 0.3)).toThrow(TypeError);
  });

  it('costs more for a higher target, and lies between its two points', () => {
    const ap = fc.double({ min: 0, max: 1, noNaN: true });
    const steps = fc.array(fc.tuple(fc.double({ min: 0.01, max: 9, noNaN: true }), ap), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(steps, ap, ap, (rises, one, other) => {
        let cost = 0;
        const points = rises.map(([rise, AP]) => ({ cost: (cost += rise), AP }));
        const low = sustainedCrossing(points, Math.min(one, other));
        const high = sustainedCrossing(points, Math.max(one, other));
        if (high.reached) expect(low.reached && low.cost <= high.cost).toBe(true);
        if (low.reached) {
          expect(low.cost).toBeGreaterThanOrEqual(low.between[0]);
          expect(low.cost).toBeLessThanOrEqual(low.between[1]);
        }
      }),
    );
  });
});

describe('survivalOf', () => {
  it('is the mean without censored runs', () => {
    expect(survivalOf([at(4), at(2), at(3), at(3)])).toEqual({
      steps: [
        { cost: 2, share: 0.75 },
        { cost: 3, share: 0.25 },
        { cost: 4, share: 0 },
      ],
      restrictedMean: 3,
      horizon: 4,
      median: 3,
    });
  });

  it('gives the textbook’s numbers with some (remission times of Freireich et al. 1963, 6-MP)', () => {
    const events = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(at);
    const censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(beyond);
    const { steps, median } = survivalOf([...censored, ...events]);
    expect(steps.map(({ cost, share }) => [cost, Number(share.toFixed(4))])).toEqual([
      [6, 0.8571],
      [7, 0.8067],
      [10, 0.7529],
      [13, 0.6902],
      [16, 0.6275],
      [22, 0.5378],
      [23, 0.4482],
    ]);
    expect(median).toBe(23);
  });

  it('has no median where too few ever reached it', () => {
    expect(survivalOf([at(2), beyond(5), beyond(5)])).toMatchObject({ median: null, restrictedMean: 4 });
  });
});

describe('costToTarget', () => {
  it('gives a mean where all reached it, a lower bound where some did not, nothing of nothing', () => {
    const fast = curve(0, [0, 0], [10, 0.5]);
    const slow = curve(1, [0, 0], [30, 0.5]);
    const never = curve(2, [0, 0], [20, 0.1]);
    expect(costToTarget([fast, slow], 0.25)).toMatchObject({ relation: 'exact', mean: 10, reached: 2 });
    expect(costToTarget([fast, never], 0.25)).toMatchObject({ relation: 'atLeast', mean: 12.5, reached: 1 });
    expect(costToTarget([], 0.25)).toMatchObject({ relation: 'unknown', mean: null, survival: null });
  });
});

describe('costRatio', () => {
  const reach = (costs: number[]) => costs.map((cost, seed) => curve(seed, [0, 0], [cost, 0.5]));
  const never = (costs: number[]) => costs.map((cost, seed) => curve(seed, [0, 0], [cost, 0.2]));

  it('is the ratio of the means, with an interval around it', () => {
    const { ratio, relation, interval, paired, noise } = costRatio(
      reach([40, 44, 48]),
      reach([10, 11, 9]),
      0.5,
    );
    expect({ relation, paired, noise }).toEqual({ relation: 'exact', paired: true, noise: ['seeds'] });
    expect(ratio).toBeCloseTo(4.4, 10);
    expect(interval!.low).toBeLessThan(4.0);
    expect(interval!.high).toBeGreaterThan(5.0);
  });

  it('takes out what the seeds of both sides have in common', () => {
    const { interval } = costRatio(reach([20, 40, 80]), reach([10, 20, 40]), 0.5);
    expect(interval!.low).toBeCloseTo(2, 10);
    expect(interval!.high).toBeCloseTo(2, 10);
  });

  it('gives bounds and never a number where runs are censored', () => {
    const some = [...reach([10, 20]), { ...never([30])[0]!, seed: 2 }];
    const whole = reach([10, 10, 10]);
    expect(costRatio(some, whole, 0.5)).toMatchObject({
      relation: 'atLeast',
      ratio: 2,
      interval: { high: Infinity },
      first: { runs: 3, reached: 2 },
    });
    expect(costRatio(whole, some, 0.5)).toMatchObject({
      relation: 'atMost',
      ratio: 0.5,
      interval: { low: 0 },
    });
    expect(costRatio(some, never([9, 9]), 0.5)).toMatchObject({
      relation: 'unknown',
      ratio: null,
      interval: null,
    });
    expect(costRatio([], whole, 0.5)).toMatchObject({ relation: 'unknown', ratio: null });
  });

  it('has no interval with one seed', () => {
    expect(costRatio(reach([20]), reach([10]), 0.5)).toMatchObject({ ratio: 2, interval: null, noise: [] });
  });

  it('widens by what resampled images change', () => {
    const noisy = (costs: number[]) =>
      costs.map((cost, seed) => ({
        seed,
        points: [
          { cost: 0, AP: 0, replicates: new Float64Array(3) },
          { cost, AP: 0.5, replicates: Float64Array.of(0.4, 0.5, 0.6) },
          { cost: 2 * cost, AP: 0.8, replicates: Float64Array.of(0.8, 0.8, 0.8) },
        ],
      }));
    const plain = (costs: number[]) => costs.map((cost, seed) => curve(seed, [0, 0], [cost, 0.5]));
    const { interval, noise } = costRatio(noisy([20, 20]), noisy([10, 10]), 0.5);
    expect(noise).toEqual(['seeds', 'images']);
    // The same images on both sides: their draw goes out of the ratio of two curves of one shape.
    expect(interval!.high - interval!.low).toBeCloseTo(0, 10);
    const other = noisy([10, 10]).map(({ seed, points }) => ({
      seed,
      points: points.map((point) => ({
        ...point,
        replicates: Float64Array.of(point.AP, point.AP, point.AP),
      })),
    }));
    expect(costRatio(noisy([20, 20]), other, 0.5).interval!.low).toBeLessThan(1.9);
    expect(costRatio(plain([20, 20]), other, 0.5).noise).toEqual(['seeds']);
  });
});
