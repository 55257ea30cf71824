import { describe, expect, it } from 'vitest';
import { costInterval } from './cost-interval';

describe('the interval of a cost over seeds', () => {
  it('is Student’s t on the logarithmic scale', () => {
    // Logarithms 0, 1 and 2: s = 1, t(2) = 4.3027, so a factor of e^(4.3027 / √3).
    const costs = [1, Math.E, Math.E ** 2];
    const mean = (1 + Math.E + Math.E ** 2) / 3;
    const { low, high } = costInterval(costs)!;
    expect(high / mean).toBeCloseTo(Math.exp(4.302653 / Math.sqrt(3)), 4);
    expect(mean / low).toBeCloseTo(high / mean, 9);
  });

  it('is a point where all seeds cost the same, and nothing where too little is known', () => {
    expect(costInterval([5, 5, 5])).toEqual({ low: 5, high: 5 });
    expect(costInterval([5])).toBeNull();
    expect(costInterval([0, 0])).toBeNull();
  });
});
