import { expect, it } from 'vitest';
import { countInputThreads } from './count-threads';
import type { InputPlan } from './input-plan';

it('gives the device a core of its own where there are several, and short stages no thread', () => {
  const plan = { size: 96, parts: [{ images: 16 }] } as unknown as InputPlan;
  expect(countInputThreads(plan, 100, 8)).toBe(0);
  expect([1, 2, 8, 64].map((cores) => countInputThreads(plan, 600, cores))).toEqual([1, 1, 7, 16]);
});
