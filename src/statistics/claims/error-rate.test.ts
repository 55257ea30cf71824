import { describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import { testClaims } from './claims';
import { gain, grid, value } from './grid.test-helper';
import { claimsSpec } from './spec';

describe('errors are as rare as they are said to be', () => {
  // All borders are exactly true: whatever is decided is an error.
  const claims = claimsSpec.parse([
    ...['s1', 's2', 's4'].map((augmentation) => ({
      id: `value-${augmentation}`,
      text: 'null',
      where: { augmentation, strategy: 'supervised', fraction: 1 },
      difference: value,
      is: { above: 0 },
    })),
    ...['random', 'imagenet'].map((init) => ({
      id: `gain-${init}`,
      text: 'null',
      where: { init, fraction: 1 },
      forEvery: 'augmentation',
      difference: gain,
      is: { below: 0 },
    })),
    {
      id: 'average',
      text: 'null',
      where: { init: 'random' },
      onAverageOver: ['augmentation', 'fraction'],
      difference: gain,
      is: { above: 0 },
    },
    {
      id: 'falls',
      text: 'null',
      where: { strategy: 'supervised' },
      onAverageOver: 'augmentation',
      difference: value,
      is: { falling: 'fraction' },
    },
    {
      id: 'best',
      text: 'null',
      where: { init: 'random', strategy: 'supervised', fraction: 1 },
      best: { augmentation: 's4' },
      among: 'augmentation',
    },
  ]);

  it.each([
    ['calm seeds', { seedSd: 0.3, imageSd: 0.5 }],
    ['noisy seeds', { seedSd: 2, imageSd: 0.5 }],
  ])('%s, three of them', (_, noise) => {
    const random = createRandom(`null ${noise.seedSd}`);
    const runs = 200;
    let anyVerdict = 0;
    for (let run = 0; run < runs; run++) {
      const results = testClaims(
        claims,
        grid(() => 30, { ...noise, random }),
      );
      if (results.some(({ verdict }) => verdict !== 'undecided')) anyVerdict++;
    }
    // Of the whole family, not of each claim.
    expect(anyVerdict / runs).toBeLessThanOrEqual(0.05);
  });
});
