import { describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import { agreementOf, type Rerun, SUSPICION } from './agreement';

const rerun = (claimed: number, found: number, more: Partial<Rerun> = {}): Rerun => ({
  id: `${claimed}`,
  claimed,
  found,
  sameStages: false,
  claimedFlops: 1e12,
  foundFlops: 1e12,
  ...more,
});
/** Ten rows of three seeds, one point apart. */
const seeds = Array.from({ length: 10 }, (_, row) => [0.3, 0.31, 0.32].map((score) => score + row / 100));

describe('agreement of trials that were run again', () => {
  it('tells identical, agreeing, too good and too bad apart', () => {
    const of = (...pairs: [number, number][]) =>
      agreementOf(
        pairs.map(([claimed, found]) => rerun(claimed, found)),
        seeds,
      ).verdict;
    expect(of([0.31, 0.31], [0.4, 0.4])).toBe('identical');
    expect(of([0.31, 0.32], [0.41, 0.4])).toBe('agrees');
    expect(of([0.36, 0.31])).toBe('too good');
    expect(of([0.34, 0.31], [0.43, 0.4], [0.44, 0.4])).toBe('too good');
    expect(of([0.26, 0.31])).toBe('too bad');
  });

  it('notices results that are nearer than two runs ever come', () => {
    const near = Array.from({ length: 6 }, (_, index) => rerun(0.3 + 1e-6 * index, 0.3));
    expect(agreementOf(near, seeds)).toMatchObject({
      verdict: 'too close',
      noise: { from: 'seeds', freedom: 20 },
    });
  });

  it('suspects an honest bundle about as often as it says', () => {
    const random = createRandom('agreement');
    const score = () => 0.3 + 0.01 * random.normal();
    let suspected = 0;
    const times = 3000;
    for (let time = 0; time < times; time++) {
      const rows = Array.from({ length: 5 }, () => [score(), score(), score()]);
      const reruns = Array.from({ length: 3 }, () => rerun(score(), score()));
      if (agreementOf(reruns, rows).verdict !== 'agrees') suspected++;
    }
    // Two tests at one level, hardly ever both at once.
    expect(suspected / times).toBeGreaterThan(SUSPICION);
    expect(suspected / times).toBeLessThan(2.6 * SUSPICION);
  });

  it('takes the noise from resampled images where a bundle has one seed', () => {
    const random = createRandom('images');
    const draw = () => Float64Array.from({ length: 500 }, () => 0.3 + 0.01 * random.normal());
    const of = (claimed: number) =>
      agreementOf([rerun(claimed, 0.3, { resamples: { claimed: draw(), found: draw() } })], [[0.3], [0.2]]);
    expect(of(0.32)).toMatchObject({ verdict: 'agrees', noise: { from: 'images' } });
    expect(of(0.35)).toMatchObject({ verdict: 'too good' });
  });

  it('names trials that cost something else', () => {
    const reruns = [rerun(0.3, 0.3), rerun(0.4, 0.4, { claimedFlops: 0.9e12 })];
    expect(agreementOf(reruns, seeds).otherCosts).toEqual(['0.4']);
  });
});
