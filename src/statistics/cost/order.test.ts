import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cost, noCost } from '../../core/cost/cost';
import { kendall, orderChecks, type OrderedRow } from './order';

describe('Kendall’s τ-b', () => {
  it('is 1 for the same order, −1 for the reverse', () => {
    expect(kendall([1, 2, 3], [10, 20, 30])).toEqual({ tau: 1, flipped: 0, pairs: 3 });
    expect(kendall([1, 2, 3], [3, 2, 1])).toEqual({ tau: -1, flipped: 3, pairs: 3 });
  });

  it('corrects for ties, by hand', () => {
    // 6 pairs; one tie in b; of the other five one is turned round: (4 − 1) / √(6 · 5)
    expect(kendall([1, 2, 3, 4], [1, 3, 2, 3]).tau).toBeCloseTo(3 / Math.sqrt(30), 12);
    expect(kendall([1, 1], [1, 2]).tau).toBeNull();
  });

  it('takes rounding for a tie, and infinite values as equal', () => {
    expect(kendall([0.1 + 0.2, 0.3], [1, 2])).toMatchObject({ pairs: 0, flipped: 0 });
    expect(kendall([Infinity, Infinity, 1], [2, 1, 0])).toMatchObject({ pairs: 2, flipped: 0 });
  });
});

const cost = (flops: number, deviceSeconds: number, energyJ: number | null = null): Cost => ({
  ...noCost,
  flops,
  deviceSeconds,
  energyJ,
  money: null,
});
const row = (score: number, full: Cost, amortised = full, marginal = full): OrderedRow => ({
  score,
  cost: { full, amortised, marginal },
});

describe('order by cost', () => {
  it('finds rows whose order another metric turns round, and what joins and leaves the front', () => {
    // By FLOPs the second row is better value (.2 against .1) and both are on the front; in time the first row wins all.
    const checks = orderChecks([row(0.4, cost(4, 1)), row(0.2, cost(1, 2))]);
    expect(checks.map(({ policy, metric }) => `${policy} ${metric}`)).toEqual([
      'full deviceSeconds',
      'amortised flops',
      'amortised deviceSeconds',
      'marginal flops',
      'marginal deviceSeconds',
    ]);
    expect(checks[0]).toMatchObject({ tau: -1, flipped: 1, joins: [], leaves: [1] });
    expect(checks[1]).toMatchObject({ tau: 1, flipped: 0, joins: [], leaves: [] });
  });

  it('depends on nothing where every metric is a multiple of FLOPs', () => {
    const rows = fc.array(
      fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.integer({ min: 1, max: 1000 })),
      {
        minLength: 2,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(rows, (list) => {
        const checks = orderChecks(
          list.map(([score, flops]) => row(score, cost(flops, 3 * flops, 7 * flops))),
        );
        for (const { flipped, joins, leaves } of checks) {
          expect([flipped, joins, leaves]).toEqual([0, [], []]);
        }
      }),
    );
  });

  it('leaves out a metric on which a row is not known, and has nothing to compare in one row', () => {
    const checks = orderChecks([row(0.4, cost(4, 1, 5)), row(0.2, cost(1, 2, null))]);
    expect(checks.some(({ metric }) => metric === 'energyJ')).toBe(false);
    expect(orderChecks([row(0.4, cost(4, 1))])).toEqual([]);
  });
});
