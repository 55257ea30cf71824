import { expect, it } from 'vitest';
import { shareInterval } from './share-interval';

it('is Wilson’s', () => {
  // Newcombe 1998, table I: 81 of 263 gives .2553 to .3662; 0 of 20 gives 0 to .1611.
  const common = shareInterval(81, 263, 0.95);
  expect(common.low).toBeCloseTo(0.2553, 4);
  expect(common.high).toBeCloseTo(0.3662, 4);
  const none = shareInterval(0, 20, 0.95);
  expect(none.low).toBeCloseTo(0, 12);
  expect(none.high).toBeCloseTo(0.1611, 4);
  expect(shareInterval(5, 5, 0.95).high).toBeCloseTo(1, 12);
});
