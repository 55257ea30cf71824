import { describe, expect, it } from 'vitest';
import { createRandom } from '../../contract';
import { type ClaimResult, testClaims } from './claims';
import { slopeWeights } from './elements';
import { claimsSpec } from './spec';
import { reasonsOf, formatTest } from './format-claims';
import { combinations, Grid } from '../effects/grid';
import { axes, base, type Cell, gain, grid, value } from './grid.test-helper';

function resultOf(claim: object, scores: Grid): ClaimResult {
  const [parsed] = claimsSpec.parse([{ id: 'claim', text: 'A claim', ...claim }]);
  return testClaims([parsed!], scores)[0]!;
}

// Pre-training is worth 4 at 20 % and −1 at 100 %; self-training 2 everywhere.
const paper = (cell: Cell) =>
  30 +
  (cell.init === 'imagenet' ? (cell.fraction === '1' ? -1 : 4) : 0) +
  (cell.strategy === 'self-training' ? 2 : 0) +
  { s1: 0, s2: 3, s4: 5 }[cell.augmentation as 's1'];

describe('a verdict', () => {
  const scores = grid(paper, { seedSd: 0.1, imageSd: 0.1 });
  it.each([
    ['supported', { ...base, difference: value, is: { below: 0 } }],
    ['refuted', { ...base, difference: value, is: { above: 0 } }],
    [
      'supported',
      {
        where: { init: 'random', fraction: 1 },
        forEvery: 'augmentation',
        difference: gain,
        is: { above: 0 },
      },
    ],
    [
      'supported',
      {
        where: { init: 'random' },
        onAverageOver: ['augmentation', 'fraction'],
        difference: gain,
        is: { between: [1, 3] },
      },
    ],
    [
      'refuted',
      {
        where: { init: 'random' },
        onAverageOver: ['augmentation', 'fraction'],
        difference: gain,
        is: { between: [3, 5] },
      },
    ],
    [
      'refuted',
      {
        where: { augmentation: 's4', strategy: 'supervised' },
        forEvery: 'fraction',
        difference: value,
        is: { above: 0 },
      },
    ],
    [
      'supported',
      {
        where: { strategy: 'supervised' },
        onAverageOver: 'augmentation',
        difference: value,
        is: { falling: 'fraction' },
      },
    ],
    [
      'refuted',
      {
        where: { strategy: 'supervised' },
        onAverageOver: 'augmentation',
        difference: value,
        is: { rising: 'fraction' },
      },
    ],
    [
      'supported',
      {
        where: { init: 'random', strategy: 'supervised', fraction: 1 },
        best: { augmentation: 's4' },
        among: 'augmentation',
      },
    ],
    [
      'refuted',
      {
        where: { init: 'random', strategy: 'supervised', fraction: 1 },
        best: { augmentation: 's1' },
        among: 'augmentation',
      },
    ],
    [
      'supported',
      {
        where: { augmentation: 's4', fraction: 1 },
        best: { init: 'random', strategy: 'self-training' },
        among: [
          { init: 'imagenet', strategy: 'supervised' },
          { init: 'imagenet', strategy: 'self-training' },
        ],
      },
    ],
    ['refuted', { ...base, difference: value, is: { within: 0.2 } }],
    ['undecided', { ...base, difference: value, is: { above: -1 } }],
  ])('%s: %j', (verdict, claim) => {
    const result = resultOf(claim, scores);
    expect(result.verdict).toBe(verdict);
    expect(result.decisive).toBeDefined();
    expect(reasonsOf(result)[0]).toMatch(/is [+−]\d+\.\d AP, 95 % interval/);
  });

  it('of equivalence wants the whole interval inside the margin', () => {
    const alike = grid(() => 30, { seedSd: 0.05, imageSd: 0.05 });
    expect(resultOf({ ...base, difference: value, is: { within: 0.5 } }, alike).verdict).toBe('supported');
    const noisy = grid(() => 30, { seedSd: 2, imageSd: 0.05 });
    expect(resultOf({ ...base, difference: value, is: { within: 0.5 } }, noisy)).toMatchObject({
      verdict: 'undecided',
      code: 'NOT_SIGNIFICANT',
      remedy: { kind: 'seeds' },
    });
  });

  it('sets every trial against its own control, where there is one', () => {
    // What longer training does: 3 at 20 %, 1 at 100 %.
    const trained = grid(paper, { seedSd: 0.1, imageSd: 0.1 });
    const levels = combinations(axes.map((axis) => axis.levels)).filter((each) => each[2] === 'supervised');
    const controls = levels.map(([init, augmentation, , fraction]) => ({
      levels: [init!, augmentation!, `supervised-${fraction!}`, fraction!],
      of: [[init!, augmentation!, 'self-training', fraction!]],
    }));
    const observations = [
      ...combinations(axes.map((axis) => axis.levels)).flatMap((each) => [...trained.cell(each)!.values()]),
      ...levels.flatMap((each, index) =>
        [...trained.cell(each)!.values()].map((observation) => ({
          ...observation,
          levels: controls[index]!.levels,
          score: observation.score + (each[3] === '1' ? 1 : 3),
        })),
      ),
    ];
    const controlled = new Grid(axes, observations, () => 'planned', controls);
    const claim = {
      where: { init: 'random' },
      forEvery: 'fraction',
      onAverageOver: 'augmentation',
      difference: { of: { strategy: 'self-training' }, minus: 'control' },
      is: { above: 0 },
    };
    expect(formatTest(claimsSpec.parse([{ id: 'x', text: 'X', ...claim }])[0]!)).toBe(
      'AP of self-training minus AP of its compute-matched control is above 0 (init random; for every fraction; on average over augmentation)',
    );
    const result = resultOf(claim, controlled);
    expect(result).toMatchObject({ verdict: 'refuted', decisive: { context: { fraction: '0.2' } } });
    expect(result.decisive!.estimate).toBeCloseTo(-1, 0);
    expect(resultOf({ ...claim, difference: gain }, controlled).verdict).toBe('supported');
    expect(resultOf(claim, trained)).toMatchObject({
      code: 'MISSING_CELLS',
      missing: { 0: { cell: { strategy: 'control of self-training', fraction: '0.2' } } },
    });
  });

  it('is never given from missing cells, which are named', () => {
    const holes = grid((cell) =>
      cell.augmentation === 's2' && cell.strategy === 'self-training' ? undefined : paper(cell),
    );
    const result = resultOf(
      {
        where: { init: 'random', fraction: 1 },
        forEvery: 'augmentation',
        difference: gain,
        is: { above: 0 },
      },
      holes,
    );
    expect(result).toMatchObject({
      verdict: 'undecided',
      code: 'MISSING_CELLS',
      missing: [
        {
          cell: { init: 'random', augmentation: 's2', strategy: 'self-training', fraction: '1' },
          reason: 'planned',
        },
      ],
    });
    expect(result.p).toBeUndefined();
  });

  it('is not given for one seed whose noise nothing tells, however large the difference', () => {
    const result = resultOf(
      { ...base, difference: value, is: { below: 0 } },
      grid(paper, { seeds: 1, imageSd: 0.01 }),
    );
    expect(result).toMatchObject({ verdict: 'undecided', code: 'SEED_NOISE_UNKNOWN' });
    expect(result.decisive!.interval![1]).toBeLessThan(0);
    expect(reasonsOf(result).join(' ')).toMatch(/trained with one seed/);
  });

  it('is given for one seed where other claims of the file tell the noise of seeds', () => {
    const random = createRandom('borrowed');
    const whole = grid(paper, { random });
    const single = new Grid(
      axes,
      combinations(axes.map(({ levels }) => levels)).flatMap((levels) => {
        const seeds = [...whole.cell(levels)!.values()];
        return levels[1] === 's4' && levels[3] === '1' ? seeds.slice(0, 1) : seeds;
      }),
    );
    const claims = claimsSpec.parse([
      { id: 'one', text: 'One seed', ...base, difference: value, is: { above: -8 } },
      ...['s1', 's2'].map((augmentation) => ({
        id: augmentation,
        text: 'Three seeds',
        where: { augmentation, init: 'random' },
        forEvery: 'fraction',
        difference: gain,
        is: { above: 0 },
      })),
    ]);
    const [result] = testClaims(claims, single);
    expect(result).toMatchObject({ verdict: 'supported', decisive: { seeds: [0], seedNoise: 'borrowed' } });
  });

  it('waits where cells have no seed in common', () => {
    const observations = (init: string, seed: number) => ({
      levels: [init, 's4', 'supervised', '1'],
      seed,
      score: 30,
    });
    const apart = new Grid(axes, [observations('random', 0), observations('imagenet', 1)]);
    expect(resultOf({ ...base, difference: value, is: { below: 0 } }, apart)).toMatchObject({
      code: 'NO_COMMON_SEED',
    });
  });

  it('on cost to a target AP waits for curves', () => {
    const claim = {
      ...base,
      costRatio: { of: { init: 'random' }, to: { init: 'imagenet' }, targetAP: 30 },
      is: { between: [1.3, 8] },
    };
    expect(resultOf(claim, grid(paper))).toMatchObject({ verdict: 'undecided', code: 'NO_COST_CURVES' });
  });
});

describe('what would decide', () => {
  it('is a number of seeds that does decide, most of the time', () => {
    const claim = { ...base, difference: value, is: { below: -0.2 } };
    const result = resultOf(
      claim,
      grid(paper, { seedSd: 1, imageSd: 0.05, random: createRandom('seeds 1') }),
    );
    expect(result).toMatchObject({ verdict: 'undecided', remedy: { kind: 'seeds' } });
    const { more } = result.remedy as { more: number };
    expect(more).toBeGreaterThan(1);
    expect(more).toBeLessThan(200);
    expect(reasonsOf(result).at(-1)).toMatch(/more seeds would decide with a chance of 80 %/);
  });

  it('is not seeds where the images alone hide the difference', () => {
    const claim = { ...base, difference: value, is: { below: 0 } };
    const result = resultOf(
      claim,
      grid((cell) => (cell.init === 'imagenet' ? 29.5 : 30), { seedSd: 0.1, imageSd: 2 }),
    );
    expect(result).toMatchObject({ verdict: 'undecided', remedy: { kind: 'images' } });
    expect(reasonsOf(result).at(-1)).toMatch(/^No number of seeds would decide/);
  });
});

it('a slope over ranks is least squares, by hand', () => {
  expect(slopeWeights(2)).toEqual([-1, 1]);
  expect(slopeWeights(3)).toEqual([-0.5, 0, 0.5]);
  expect(slopeWeights(4)).toEqual([-0.3, -0.1, 0.1, 0.3]);
});

it('says in words what is tested', () => {
  const [claim] = claimsSpec.parse([
    {
      id: 'a',
      text: 'A',
      ...base,
      difference: value,
      is: { falling: 'fraction' },
      where: { strategy: 'supervised' },
      forEvery: 'augmentation',
    },
  ]);
  expect(formatTest(claim!)).toBe(
    'AP of imagenet minus AP of random falls along fraction (strategy supervised; for every augmentation)',
  );
});
