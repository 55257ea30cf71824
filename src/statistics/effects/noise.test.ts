import { describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import { halfWidth, holm, simultaneousConfidence, simultaneousP, upperTail } from './noise';
import { shrunk, variancePrior } from '../bootstrap/variance-prior';

describe('the noise of seeds and images together', () => {
  it.each([
    [1, 12.706205],
    [2, 4.302653],
    [10, 2.228139],
    [200, 1.971896],
    [Infinity, 1.959964],
  ])('is Student’s for seeds alone: %d degrees of freedom, %d', (dof, quantile) => {
    expect(halfWidth({ seedSe: 2, dof, imageSe: 0 }, 0.95)).toBeCloseTo(2 * quantile, 4);
  });

  it('is normal for images alone, and between the two in size for both', () => {
    expect(halfWidth({ seedSe: 0, dof: 2, imageSe: 1 }, 0.95)).toBeCloseTo(1.959964, 5);
    const both = halfWidth({ seedSe: 1, dof: 2, imageSe: 1 }, 0.95);
    // Wider than two normal errors of that size, narrower than a Student error of their sum.
    expect(both).toBeGreaterThan(Math.SQRT2 * 1.96);
    expect(both).toBeLessThan(Math.hypot(4.303, 1.96));
  });

  it('agrees with draws of the sum', () => {
    const random = createRandom('sum');
    let beyond = 0;
    for (let i = 0; i < 40_000; i++) {
      const spread = Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3);
      if ((0.7 * random.normal()) / spread + 0.5 * random.normal() > 1.5) beyond++;
    }
    expect(upperTail({ seedSe: 0.7, dof: 3, imageSe: 0.5 }, 1.5)).toBeCloseTo(beyond / 40_000, 2);
  });

  it('has tails that add to one, and none where there is no noise', () => {
    const noise = { seedSe: 0.7, dof: 3, imageSe: 0.5 };
    expect(upperTail(noise, 0.8) + upperTail(noise, -0.8)).toBeCloseTo(1, 12);
    expect(upperTail({ seedSe: 0, dof: 2, imageSe: 0 }, 0.1)).toBe(0);
    expect(halfWidth({ seedSe: 0, dof: 2, imageSe: 0 }, 0.95)).toBe(0);
  });
});

describe('corrections', () => {
  it('Holm’s, by hand', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([])).toEqual([]);
  });

  it('Šidák’s intervals and p-values say the same', () => {
    expect(simultaneousConfidence(0.95, 1)).toBe(0.95);
    expect(simultaneousP(1 - simultaneousConfidence(0.95, 7), 7)).toBeCloseTo(0.05, 12);
  });
});

describe('variances that learn from each other', () => {
  const random = createRandom('variances');
  const chi2 = (dof: number) =>
    Array.from({ length: dof }, () => random.normal() ** 2).reduce((a, b) => a + b, 0);

  it('are pooled where they differ by chance only', () => {
    const samples = Array.from({ length: 200 }, () => ({ variance: (4 * chi2(2)) / 2, dof: 2 }));
    const prior = variancePrior(samples)!;
    expect(prior.dof).toBeGreaterThan(30);
    expect(prior.variance).toBeGreaterThan(3.3);
    expect(prior.variance).toBeLessThan(4.7);
  });

  it('keep to themselves where they differ by nature', () => {
    const samples = Array.from({ length: 400 }, (_, i) => ({
      variance: ((i % 2 ? 100 : 1) * chi2(4)) / 4,
      dof: 4,
    }));
    const prior = variancePrior(samples)!;
    expect(prior.dof).toBeLessThan(1.5);
    // Smyth 2004, equation for the posterior variance: a mean weighted by degrees of freedom.
    const own = { variance: 100, dof: 4 };
    const mixed = shrunk(own, prior);
    expect(mixed.dof).toBeCloseTo(4 + prior.dof);
    expect(mixed.variance).toBeCloseTo((4 * 100 + prior.dof * prior.variance) / (4 + prior.dof));
  });

  it('are not learnt from too few, and are lent to one that has none', () => {
    expect(
      variancePrior([
        { variance: 1, dof: 2 },
        { variance: 2, dof: 2 },
      ]),
    ).toBeUndefined();
    const prior = { variance: 3, dof: 5, total: 8 };
    expect(shrunk({ variance: 0, dof: 0 }, prior)).toEqual({ variance: 3, dof: 5 });
    expect(shrunk({ variance: 2, dof: 2 }, undefined)).toEqual({ variance: 2, dof: 2 });
    expect(shrunk({ variance: 2, dof: 2 }, { ...prior, dof: Infinity })).toEqual({ variance: 3, dof: 8 });
  });
});
