import { expect, it } from 'vitest';
import { Grid } from './grid';
import { profileOf } from './profile';

const axes = [
  { name: 'init', levels: ['random', 'imagenet', 'broken'] },
  { name: 'augmentation', levels: ['s1', 's4'] },
  { name: 'fraction', levels: ['0.2', '1'] },
];
const observations = [
  ['random', 's1', '0.2', 10],
  ['random', 's4', '0.2', 20],
  ['imagenet', 's1', '0.2', 30],
  ['imagenet', 's4', '0.2', 30],
  ['random', 's1', '1', 20],
  ['random', 's4', '1', 30],
  ['imagenet', 's1', '1', 32],
].map(([init, augmentation, fraction, score]) => ({
  levels: [init, augmentation, fraction] as string[],
  seed: 0,
  score: score as number,
}));

it('shows means over the same contexts only, so that their differences are effects', () => {
  const profile = profileOf(new Grid(axes, observations), 'augmentation', 'init')!;
  expect(profile.contexts).toEqual([{ fraction: '0.2' }]);
  expect(profile.line.levels).toEqual(['random', 'imagenet']);
  expect(profile.points.map(({ x, line, mean }) => [x, line, mean])).toEqual([
    ['s1', 'random', 10],
    ['s1', 'imagenet', 30],
    ['s4', 'random', 20],
    ['s4', 'imagenet', 30],
  ]);
  const whole = new Grid(axes, [...observations, { levels: ['imagenet', 's4', '1'], seed: 0, score: 34 }]);
  expect(profileOf(whole, 'augmentation', 'init')!).toMatchObject({
    contexts: [{ fraction: '0.2' }, { fraction: '1' }],
    points: [{ mean: 15 }, { mean: 31 }, { mean: 25 }, { mean: 32 }],
  });
});

it('shows what one context has where none has all, and nothing of nothing', () => {
  const partial = new Grid(axes, observations.slice(0, 3));
  expect(profileOf(partial, 'augmentation', 'init')!.points).toHaveLength(3);
  expect(profileOf(new Grid(axes, []), 'augmentation', 'init')).toBeUndefined();
});

it('draws the controls of strategies as lines beside them', () => {
  const design = [
    { name: 'strategy', levels: ['supervised', 'self-training'] },
    { name: 'fraction', levels: ['0.2', '1'] },
  ];
  const scores = [
    ['supervised', '0.2', 10],
    ['self-training', '0.2', 14],
    ['supervised-2', '0.2', 13],
    ['supervised', '1', 20],
    ['self-training', '1', 22],
    ['supervised-3', '1', 23],
  ].map(([strategy, fraction, score]) => ({
    levels: [strategy, fraction] as string[],
    seed: 0,
    score: score as number,
  }));
  const controls = [
    { levels: ['supervised-2', '0.2'], of: [['self-training', '0.2']] },
    { levels: ['supervised-3', '1'], of: [['self-training', '1']] },
  ];
  const profile = profileOf(new Grid(design, scores, undefined, controls), 'fraction', 'strategy')!;
  expect(profile.line.levels).toEqual(['supervised', 'self-training', 'control of self-training']);
  expect(profile.points.filter(({ line }) => line.startsWith('control')).map(({ mean }) => mean)).toEqual([
    13, 23,
  ]);
});
