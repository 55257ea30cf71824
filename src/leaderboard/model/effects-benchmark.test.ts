import { describe, expect, it } from 'vitest';
import { trialId } from '../../core/plan/axes';
import type { TrialRecord } from '../../results/database/records';
import { gridOfBenchmark } from './effects-benchmark';

const cell = { init: 'random', augmentation: 's1', fraction: 0.2, length: 1, seed: 0 };
const trial = (strategy: string, AP: number | undefined, more: Partial<TrialRecord> = {}): TrialRecord => {
  const axes = { ...cell, strategy };
  const metrics = { stats: { AP }, perCategory: {} } as never;
  return {
    id: trialId(axes),
    axes,
    stageKeys: [],
    ...(AP === undefined ? { status: 'planned' } : { status: 'done', metrics }),
    ...more,
  };
};
const resolved = (controls: string) => ({
  controls,
  axes: {
    init: ['random'],
    augmentation: ['s1'],
    strategy: ['supervised', 'self-training', 'joint-training'],
    fraction: [0.2],
  },
});
const control = { of: [{ strategy: 'self-training', length: 1 }] };
const trials = [
  trial('supervised', 0.2),
  trial('self-training', 0.3),
  trial('joint-training', 0.25),
  trial('supervised-10+30', 0.28, { control }),
];
const levels = (strategy: string) => ['random', 's1', strategy, '0.2', '1'];

describe('the grid of a benchmark with controls', () => {
  const grid = gridOfBenchmark({ resolved: resolved('matched'), trials });
  const against = (strategy: string) => grid.resolve(grid.controlOf(levels(strategy)));

  it('knows the control of each cell by the strategy, and has it on no axis', () => {
    expect(against('self-training')).toEqual(levels('supervised-10+30'));
    expect(grid.cell(against('self-training'))!.get(0)!.score).toBeCloseTo(28, 12);
    expect(grid.axisNamed('strategy')!.levels).toEqual(['supervised', 'self-training', 'joint-training']);
    expect(grid.controlled).toEqual(['self-training']);
  });

  it('says why there is none', () => {
    expect(grid.missing(against('joint-training')).reason).toMatch(/have its compute/);
    const without = gridOfBenchmark({ resolved: resolved('none'), trials: trials.slice(0, 3) });
    expect(without.missing(without.controlOf(levels('self-training'))).reason).toMatch(/plans no controls/);
    const waiting = [...trials.slice(0, 3), trial('supervised-10+30', undefined, { control })];
    const unfinished = gridOfBenchmark({ resolved: resolved('matched'), trials: waiting });
    const place = unfinished.resolve(unfinished.controlOf(levels('self-training')));
    expect(unfinished.missing(place).reason).toBe('planned');
  });

  it('keeps a control with the strategies that are kept, and the newest of several', () => {
    const keep = ({ strategy }: { strategy: string }) => strategy === 'self-training';
    const kept = gridOfBenchmark({ resolved: resolved('matched'), trials }, { keep });
    expect(kept.cell(levels('supervised-10+30'))).toBeDefined();
    expect(kept.cell(levels('supervised'))).toBeUndefined();
    const old = trial('supervised-10+20', undefined, { status: 'stale', control });
    const both = gridOfBenchmark({ resolved: resolved('matched'), trials: [...trials, old] });
    expect(both.resolve(both.controlOf(levels('self-training')))).toEqual(levels('supervised-10+30'));
  });
});
