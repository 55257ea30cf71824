import { describe, expect, test } from 'vitest';
import { createRandom } from '../../contract/random';
import { testAheadEverywhere, testGain, testOvertakes } from '../claims/curve-claims';
import { bestByBudget } from './best-by-budget';
import { compareCurves, gainBand, gainsAtEqualCompute } from './crossings';
import { type Recipe, type RecipeCurve, recipeCurves } from './recipe-curve';

const B = 500;
const images = Float64Array.from(
  { length: B },
  (
    (random) => () =>
      0.008 * random.normal()
  )(createRandom('images')),
);

/** A recipe with little noise: AP by cost, over seeds whose costs differ by some percent. */
function recipe(id: string, points: readonly (readonly [cost: number, AP: number])[], seeds = 3): Recipe {
  const random = createRandom(`recipe ${id}`);
  return {
    id,
    points: points.map(([cost, AP]) => ({
      id: `${id} at ${cost}`,
      runs: Array.from({ length: seeds }, (_, seed) => {
        const score = AP + 0.003 * random.normal();
        return {
          seed,
          score,
          cost: cost * Math.exp(seeds > 1 ? 0.02 * random.normal() : 0),
          resamples: images.map((value) => score + value + 0.002 * random.normal()),
        };
      }),
    })),
  };
}

const flat = recipe('flat', [[1, 0.25], [3, 0.28], [9, 0.29]]); // prettier-ignore
const steep = recipe('steep', [[1.5, 0.2], [4.5, 0.29], [13.5, 0.36]]); // prettier-ignore
const poor = recipe('poor', [[1, 0.1], [9, 0.15]]); // prettier-ignore

describe('a curve', () => {
  test('is linear in the logarithm of cost, and ends where it was measured', () => {
    const [curve] = recipeCurves([recipe('one', [[1, 0.2], [4, 0.4]], 1)]); // prettier-ignore
    const [low, high] = curve!.scores;
    expect(curve!.at(Math.log(2))).toBeCloseTo((low! + high!) / 2, 12);
    expect(curve!.range).toEqual({ low: 1, high: expect.closeTo(4, 12) as number });
    expect([curve!.covers(0.9), curve!.covers(4), curve!.covers(5)]).toEqual([false, true, false]);
    expect(curve!.seedNoise).toBe('missing');
  });

  test('draws costs along with AP, once for detectors that recipes share', () => {
    const [a, b] = recipeCurves([steep, { ...steep, id: 'twin' }]);
    const costs = new Set(Array.from({ length: 20 }, (_, sample) => a!.logCostOf(1, sample)));
    expect(costs.size).toBe(20);
    expect(gainBand(a!, b!, [2, 5]).map(({ difference, interval }) => [difference, interval])).toEqual([
      [0, { low: 0, high: 0 }],
      [0, { low: 0, high: 0 }],
    ]);
  });

  test('requires points and positive costs', () => {
    expect(() => recipeCurves([{ id: 'x', points: [] }])).toThrow(RangeError);
    expect(() => recipeCurves([recipe('x', [[0, 0.1]])])).toThrow('Costs of recipes must be positive.'); // prettier-ignore
  });
});

describe('two curves', () => {
  const [a, b, c] = recipeCurves([flat, steep, poor]) as [RecipeCurve, RecipeCurve, RecipeCurve];

  test('cross at a cost with an interval', () => {
    const { relation, crossing, range, band } = compareCurves(b, a);
    expect(relation).toBe('crosses');
    expect(range!.low).toBeCloseTo(1.5, 0);
    expect(range!.high).toBeCloseTo(9, 0);
    expect(crossing!.ahead).toBe('first');
    // From .26 − .20 at 1.5 to .284 − .29 at 4.5, linear in the logarithm.
    expect(crossing!.cost).toBeGreaterThan(3.3);
    expect(crossing!.cost).toBeLessThan(5);
    expect(crossing!.interval.low!).toBeLessThan(crossing!.cost);
    expect(crossing!.interval.high!).toBeGreaterThan(crossing!.cost);
    const at = gainBand(b, a, [crossing!.cost])[0]!;
    expect(at.difference).toBeCloseTo(0, 3);
    expect(band[0]!.simultaneous.high).toBeLessThan(0);
    // The other way round.
    const turned = compareCurves(a, b);
    expect(turned.crossing).toMatchObject({ ahead: 'second' });
    expect(turned.crossing!.cost).toBeCloseTo(crossing!.cost, 9);
    expect(turned.crossing!.interval.low).toBeCloseTo(crossing!.interval.low!, 9);
  });

  test('one is ahead at every compute measured, or nothing is shared', () => {
    expect(compareCurves(a, c).relation).toBe('first ahead');
    expect(compareCurves(c, a)).toMatchObject({ relation: 'second ahead' });
    expect(compareCurves(a, c).crossing).toBeUndefined();
    const [short, far] = recipeCurves([recipe('p', [[1, 0.2]]), recipe('q', [[5, 0.2]])]);
    expect(compareCurves(short!, far!)).toMatchObject({ range: null, relation: 'not comparable' });
  });

  test('equal ones are not separated; their crossing has open ends', () => {
    const [one, other] = recipeCurves([flat, { ...recipe('again', [[1, 0.25], [3, 0.28], [9, 0.29]]) }]); // prettier-ignore
    const { relation, crossing } = compareCurves(one!, other!);
    expect(relation).toBe('not separated');
    if (crossing !== undefined) expect([crossing.interval.low, crossing.interval.high]).toContain(null);
  });

  test('gain at equal compute, where the baseline was measured', () => {
    const gains = gainsAtEqualCompute(b, a);
    expect(gains.map((gain) => gain === null)).toEqual([false, false, true]);
    expect(gains[0]!.difference).toBeCloseTo(-0.061, 2);
    expect(testGain(gains[0]!)).toBe('refuted');
    expect(testGain(gains[0]!, -20)).toBe('supported');
    expect(testGain(gains[1]!, 0.5)).toBe('undecided');
    expect(testGain(gains[2]!)).toBe('undecided');
  });

  test('claims', () => {
    expect(testAheadEverywhere(compareCurves(a, c))).toBe('supported');
    expect(testAheadEverywhere(compareCurves(c, a))).toBe('refuted');
    const crossing = compareCurves(b, a);
    expect(testOvertakes(crossing, { from: 2, to: 8 })).toBe('supported');
    expect(testOvertakes(crossing, { from: 1.6, to: 2 })).toBe('refuted');
    expect(testOvertakes(crossing, { from: 4, to: 4.1 })).toBe('undecided');
    expect(testOvertakes(compareCurves(a, c), { from: 2, to: 8 })).toBe('refuted');
  });
});

test('the best recipe by budget, the same one counted once', () => {
  const curves = recipeCurves([flat, steep, poor, { ...steep, id: 'twin' }]);
  const [none, little, much] = bestByBudget(curves, [0.5, 2, 50]);
  expect(none!.recipes).toEqual([]);
  expect(little!.recipes.map(({ recipe: name }) => name)).toEqual(['flat', 'twin', 'poor']);
  expect(little!.recipes[0]!.pBest).toBeGreaterThan(0.99);
  expect(much!.recipes[0]).toMatchObject({ recipe: 'twin', AP: expect.closeTo(0.36, 2) as number });
  expect(much!.recipes.reduce((sum, { pBest }) => sum + pBest, 0)).toBeCloseTo(1, 12);
});
