import { describe, expect, it } from 'vitest';
import { claimsSpec } from '../../statistics/claims/spec';
import { costRatioTest } from './cost-ratio-claims';
import type { LeaderboardRow } from './leaderboard';
import type { CostCurve } from '../../core/cost/curves';

const axesOf = (init: string, fraction: number) => ({
  init,
  augmentation: 's1',
  strategy: 'supervised',
  fraction,
  length: 1,
});
/** Cost to the target by row and seed; negative: ended there without having reached it. */
function judge(costs: Record<string, number[]>, is: object, more: object = {}) {
  const rows = Object.keys(costs).map((name) => {
    const [init, fraction] = name.split(' ');
    return { axes: axesOf(init!, Number(fraction)) };
  });
  const curvesOf = ({ axes }: Pick<LeaderboardRow, 'axes'>): CostCurve[] =>
    costs[`${axes.init} ${axes.fraction}`]!.map((cost, seed) => ({
      seed,
      points: [
        { cost: 0, AP: 0 },
        { cost: Math.abs(cost), AP: cost < 0 ? 0.1 : 0.3 },
      ],
    }));
  const [claim] = claimsSpec.parse([
    {
      id: 'cheaper',
      text: 'x',
      costRatio: { of: { init: 'random' }, to: { init: 'imagenet' }, targetAP: 30 },
      is,
      ...more,
    },
  ]);
  return costRatioTest({ rows }, { curvesOf }, 1)({ ...claim!, costRatio: claim!.costRatio! });
}

describe('costRatioTest', () => {
  const random = [40, 41, 40.5, 39.5];
  const imagenet = [10, 10.2, 10.1, 9.9];

  it('supports what holds for every pair of rows, and refutes what does not for one', () => {
    const costs = {
      'random 1': random,
      'imagenet 1': imagenet,
      'random 0.2': random,
      'imagenet 0.2': imagenet,
    };
    expect(judge(costs, { between: [1.3, 8] })).toMatchObject({
      verdict: 'supported',
      reasons: [
        expect.stringMatching(/^s1 · supervised · 1: the ratio is 4\.0\d \(3\.\d\d … 4\.\d\d/) as string,
        expect.stringContaining('s1 · supervised · 0.2') as string,
      ],
    });
    expect(judge({ ...costs, 'random 0.2': imagenet }, { above: 1.3 })).toMatchObject({ verdict: 'refuted' });
    expect(
      judge({ ...costs, 'random 0.2': imagenet }, { above: 1.3 }, { where: { fraction: 1 } }),
    ).toMatchObject({
      verdict: 'supported',
    });
  });

  it('is undecided where the interval crosses a border, is open, or there is none', () => {
    const wide = { 'random 1': [20, 60], 'imagenet 1': [10, 10] };
    expect(judge(wide, { above: 1.3 })).toMatchObject({ verdict: 'undecided', code: 'NOT_SIGNIFICANT' });
    const censored = { 'random 1': [-40, -41, 40], 'imagenet 1': [10, 10.1, 10.2] };
    expect(judge(censored, { below: 100 })).toMatchObject({
      verdict: 'undecided',
      reasons: [expect.stringContaining('is at least') as string],
    });
    expect(judge({ 'random 1': [40], 'imagenet 1': [10] }, { above: 1.3 })).toMatchObject({
      verdict: 'undecided',
      reasons: [expect.stringContaining('no interval with one seed') as string],
    });
    const never = { 'random 1': [-40, -40], 'imagenet 1': [-10, -10] };
    expect(judge(never, { above: 1.3 })).toMatchObject({
      verdict: 'undecided',
      reasons: [expect.stringContaining('not known: 0 of 2 and 0 of 2') as string],
    });
  });

  it('says nothing of rows that are not there, or have no curves', () => {
    expect(judge({ 'random 1': random }, { above: 1 })).toBeUndefined();
    expect(judge({ 'random 1': [], 'imagenet 1': imagenet }, { above: 1 })).toBeUndefined();
  });
});
