import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import { type Effect, estimateEffects, factorNames, type IdentifiedEffect, OVER_CONTROL } from './effects';
import { combinations, Grid, type Observation } from './grid';

const axes = [
  { name: 'init', levels: ['random', 'imagenet'] },
  { name: 'augmentation', levels: ['s1', 's4'] },
];

/** `random s1 0` → score, one observation for each score of a list over seeds. */
function observe(table: Readonly<Record<string, readonly number[]>>): Observation[] {
  return Object.entries(table).flatMap(([cell, scores]) =>
    scores
      .map((score, seed) => ({ levels: cell.split(' '), seed, score }))
      .filter(({ score }) => !Number.isNaN(score)),
  );
}

function find(effects: readonly Effect[], family: string, ...levels: string[]): IdentifiedEffect {
  const found = effects.find(
    (effect) => effect.family === family && effect.steps.every((step, index) => step.level === levels[index]),
  );
  if (found?.status !== 'estimated') throw new Error(`${family} is not estimated`);
  return found;
}

describe('effects of a whole grid', () => {
  // Seeds differ by a common +1, which every difference cancels, and by a little more in one cell.
  const grid = new Grid(
    axes,
    observe({
      'random s1': [20, 21, 22],
      'imagenet s1': [26, 27, 28],
      'random s4': [30, 31, 32],
      'imagenet s4': [32, 33, 35.5],
    }),
  );
  const effects = estimateEffects(grid);

  it('are those computed by hand', () => {
    // init: ((6 + 6 + 6) / 3 + (2 + 2 + 3.5) / 3) / 2
    const init = find(effects, 'init', 'imagenet');
    expect(init.estimate).toBeCloseTo(4.25, 12);
    expect(init.seeds).toEqual([0, 1, 2]);
    expect(init.used.map(({ context }) => context)).toEqual([{ augmentation: 's1' }, { augmentation: 's4' }]);
    // by seed 4, 4, 4.75: standard deviation .4330127, of the mean .25; Student with 2 degrees of freedom
    expect(init.standardError).toBeCloseTo(0.25, 12);
    expect(init.interval![0]).toBeCloseTo(4.25 - 4.302653 * 0.25, 4);
    expect(init.interval![1]).toBeCloseTo(4.25 + 4.302653 * 0.25, 4);
    expect(find(effects, 'augmentation', 's4').estimate).toBeCloseTo(8.25, 12);
    // interaction: pre-training gives 2.5 under s4 and 6 under s1
    expect(find(effects, 'init × augmentation', 'imagenet', 's4').estimate).toBeCloseTo(-3.5, 12);
  });

  it('have no interval where one seed and no images say nothing of the noise', () => {
    const single = new Grid(
      axes,
      observe({ 'random s1': [20], 'imagenet s1': [26], 'random s4': [30], 'imagenet s4': [32] }),
    );
    expect(find(estimateEffects(single), 'init', 'imagenet')).toMatchObject({
      estimate: 4,
      interval: undefined,
      p: undefined,
      seedNoise: 'missing',
    });
  });

  it('with one seed and images: the images’ noise alone, marked', () => {
    const noise = {
      'random s1': [-1, 1],
      'imagenet s1': [-1, 1],
      'random s4': [2, -2],
      'imagenet s4': [-2, 2],
    };
    const observations = observe({
      'random s1': [20],
      'imagenet s1': [26],
      'random s4': [30],
      'imagenet s4': [32],
    }).map((each) => ({
      ...each,
      resampled: Float64Array.from(
        noise[each.levels.join(' ') as keyof typeof noise],
        (value) => each.score + value,
      ),
    }));
    const init = find(estimateEffects(new Grid(axes, observations)), 'init', 'imagenet');
    // Differences by resample: ((0) + (−4)) / 2 and (0 + 4) / 2 around the mean: standard deviation √8.
    expect(init.standardError).toBeCloseTo(Math.sqrt(8), 12);
    expect(init.seedNoise).toBe('missing');
  });
});

describe('effects of strategies over their controls', () => {
  const design = [
    { name: 'strategy', levels: ['supervised', 'self-training', 'joint-training'] },
    { name: 'fraction', levels: ['0.2', '1'] },
  ];
  const observations = observe({
    'supervised 0.2': [20, 21],
    'self-training 0.2': [26, 27],
    'joint-training 0.2': [25, 26],
    'supervised-10+20 0.2': [25, 26.5],
    'supervised 1': [30, 31],
    'self-training 1': [33, 34],
    'supervised-10+30 1': [35, 36],
  });
  const grid = new Grid(design, observations, () => 'planned', [
    {
      levels: ['supervised-10+20', '0.2'],
      of: [
        ['self-training', '0.2'],
        ['joint-training', '0.2'],
      ],
    },
    { levels: ['supervised-10+30', '1'], of: [['self-training', '1']] },
  ]);
  const effects = estimateEffects(grid);

  it('are paired with the control of the same cell, whatever its name', () => {
    // (26 − 25, 27 − 26.5) at .2, −2 at 1: by seed −.5 and −.75.
    expect(find(effects, OVER_CONTROL, 'self-training')).toMatchObject({
      estimate: -0.625,
      seeds: [0, 1],
      steps: [{ level: 'self-training', against: 'control of self-training' }],
    });
    expect(find(effects, `fraction × ${OVER_CONTROL}`, '1', 'self-training').estimate).toBeCloseTo(-2.75, 12);
  });

  it('leave out where there is no control, and say so', () => {
    const joint = find(effects, OVER_CONTROL, 'joint-training');
    expect(joint).toMatchObject({ estimate: -0.25, used: [{ context: { fraction: '0.2' } }] });
    expect(joint.leftOut[0]!.missing.map(({ cell }) => cell['strategy'])).toEqual([
      'joint-training',
      'control of joint-training',
    ]);
  });

  it('are there only with controls, and never an interaction of the strategy with itself', () => {
    expect(factorNames(new Grid(design, observations))).toEqual(['strategy', 'fraction']);
    expect([...new Set(effects.map(({ family }) => family))]).toEqual([
      'strategy',
      'fraction',
      OVER_CONTROL,
      'strategy × fraction',
      `fraction × ${OVER_CONTROL}`,
    ]);
  });
});

describe('effects of a grid with holes', () => {
  const three = [...axes, { name: 'strategy', levels: ['supervised', 'self-training'] }];

  it('rest on the contexts that have all their cells, and name the others', () => {
    const grid = new Grid(
      three,
      observe({
        'random s1 supervised': [20],
        'imagenet s1 supervised': [26],
        'random s4 supervised': [30],
        'random s1 self-training': [22],
        'imagenet s1 self-training': [29],
      }),
      ({ init, strategy }) => (strategy === 'self-training' ? 'planned' : `failed: no ${init}`),
    );
    const effects = estimateEffects(grid);
    const init = find(effects, 'init', 'imagenet');
    expect(init.estimate).toBeCloseTo((6 + 7) / 2, 12);
    expect(init.used).toHaveLength(2);
    expect(init.leftOut.map(({ context }) => context)).toEqual([
      { augmentation: 's4', strategy: 'supervised' },
      { augmentation: 's4', strategy: 'self-training' },
    ]);
    expect(init.leftOut[0]!.missing).toEqual([
      {
        cell: { init: 'imagenet', augmentation: 's4', strategy: 'supervised' },
        reason: 'failed: no imagenet',
      },
    ]);
    const interaction = effects.find(({ family }) => family === 'init × augmentation')!;
    expect(interaction).toMatchObject({ status: 'unidentified', code: 'NO_MATCHED_SET' });
    expect(interaction.leftOut.flatMap(({ missing }) => missing)).toHaveLength(1 + 2);
  });

  it('use the seeds and contexts that give most trials', () => {
    const halfWay = new Grid(
      three,
      observe({
        'random s1 supervised': [20, 21],
        'imagenet s1 supervised': [26, 27],
        'random s4 supervised': [30],
        'imagenet s4 supervised': [31],
        'random s1 self-training': [30],
        'imagenet s1 self-training': [31],
      }),
    );
    expect(find(estimateEffects(halfWay), 'init', 'imagenet')).toMatchObject({
      seeds: [0],
      used: { length: 3 },
    });
    const oneFailed = new Grid(
      three,
      observe({
        'random s1 supervised': [20, 21, 22],
        'imagenet s1 supervised': [26, 27, 28],
        'random s4 supervised': [30, 31, 32],
        'imagenet s4 supervised': [31, NaN, 33],
        'random s1 self-training': [30, 31, 32],
        'imagenet s1 self-training': [31, 32, 34],
        'random s4 self-training': [30, 31, 32],
        'imagenet s4 self-training': [31, 32, 34],
      }),
    );
    expect(find(estimateEffects(oneFailed), 'init', 'imagenet')).toMatchObject({
      seeds: [0, 1, 2],
      used: { length: 3 },
      leftOut: [{ context: { augmentation: 's4', strategy: 'supervised' }, missing: [] }],
    });
  });
});

it('names and order of axes, levels and observations change no effect', () => {
  const design = [
    { name: 'a', levels: ['a0', 'a1', 'a2'] },
    { name: 'b', levels: ['b0', 'b1'] },
    { name: 'c', levels: ['c0', 'c1'] },
  ];
  const cells = combinations(design.map(({ levels }) => levels));
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 36, maxLength: 36 }),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      fc.string({ minLength: 1 }),
      (scores, kept, prefix) => {
        const observations = cells.flatMap((levels, cell) =>
          kept[cell] ? [0, 1, 2].map((seed) => ({ levels, seed, score: scores[3 * cell + seed]! })) : [],
        );
        const before = estimateEffects(new Grid(design, observations));
        // Other names, the axes in reverse order, the levels but the reference in reverse order.
        const rename = (level: string) => prefix + level;
        const turned = design
          .map(({ name, levels }) => ({
            name: rename(name),
            levels: [levels[0]!, ...levels.slice(1).reverse()].map(rename),
          }))
          .reverse();
        const after = estimateEffects(
          new Grid(
            turned,
            observations
              .map((each) => ({ ...each, levels: [...each.levels].reverse().map(rename) }))
              .reverse(),
          ),
        );
        expect(after).toHaveLength(before.length);
        for (const effect of before) {
          const steps = effect.steps.map(({ level }) => rename(level)).sort();
          const twin = after.find(
            (other) =>
              other.steps.length === steps.length &&
              other.steps
                .map(({ level }) => level)
                .sort()
                .join() === steps.join(),
          )!;
          expect(twin.status).toBe(effect.status);
          if (effect.status !== 'estimated' || twin.status !== 'estimated') continue;
          expect(twin.estimate).toBeCloseTo(effect.estimate, 8);
          expect(twin.standardError).toBeCloseTo(effect.standardError!, 6);
          expect(twin.used).toHaveLength(effect.used.length);
        }
      },
    ),
    { numRuns: 25, seed: 1 },
  );
});

it('simultaneous intervals hold every effect of a family as often as they say, shared pre-trainings or not', () => {
  const random = createRandom('coverage of effects');
  const design = [
    { name: 'init', levels: ['random', 'imagenet', 'simclr'] },
    { name: 'augmentation', levels: ['s1', 's2', 's4'] },
  ];
  const runs = 200;
  const held: Record<string, number> = {};
  for (let run = 0; run < runs; run++) {
    const observations = [0, 1, 2].flatMap((seed) => {
      const shared = design[0]!.levels.map(() => 0.8 * random.normal());
      return combinations(design.map(({ levels }) => levels)).map((levels) => ({
        levels,
        seed,
        score: 30 + shared[design[0]!.levels.indexOf(levels[0]!)]! + 0.6 * random.normal(),
      }));
    });
    const effects = estimateEffects(new Grid(design, observations)) as IdentifiedEffect[];
    for (const family of new Set(effects.map((effect) => effect.family))) {
      const all = effects.filter((effect) => effect.family === family);
      if (all.every(({ interval }) => interval![0] <= 0 && interval![1] >= 0))
        held[family] = (held[family] ?? 0) + 1;
    }
  }
  for (const [family, count] of Object.entries(held)) expect(count / runs, family).toBeGreaterThan(0.92);
});
