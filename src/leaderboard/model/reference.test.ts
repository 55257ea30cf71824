import { describe, expect, it } from 'vitest';
import { claimsSpec } from '../../statistics/claims/spec';
import { Grid } from '../../statistics/effects/grid';
import { referenceOfClaim } from './reference';
import { checkReference, referenceSpec } from '../../statistics/claims/reference-spec';

const values = {
  init: ['random', 'imagenet'],
  augmentation: ['s1', 's4'],
  strategy: ['supervised'],
  fraction: [0.2, 1],
  length: [1],
};
const reference = referenceSpec.parse({
  source: 'Somebody et al.',
  setting: 'other data',
  tables: [
    {
      source: 'Table 1',
      where: { fraction: 1, augmentation: 's4' },
      cells: [
        { init: 'random', AP: 41.1 },
        { init: 'imagenet', AP: 40.4 },
      ],
    },
    {
      source: 'Table 2',
      where: { fraction: 1 },
      across: 'augmentation',
      cells: [
        { init: 'random', augmentation: 's1', AP: 39.2 },
        { init: 'imagenet', augmentation: 's1', AP: 39.5, approximate: true },
        { init: 'random', augmentation: 's4', AP: 44.3 },
        { init: 'imagenet', augmentation: 's4', AP: 43.3 },
      ],
    },
  ],
  claims: { cheaper: '1.3 to 8 times' },
});
const axes = Object.entries(values).map(([name, levels]) => ({ name, levels: levels.map(String) }));
const own = new Grid(axes, [
  { levels: ['random', 's1', 'supervised', '1', '1'], seed: 0, score: 20 },
  { levels: ['imagenet', 's1', 'supervised', '1', '1'], seed: 0, score: 25 },
]);
const claim = (id: string, rest: object) => claimsSpec.parse([{ id, text: id, ...rest }])[0]!;
const difference = { of: { init: 'imagenet' }, minus: { init: 'random' } };

describe('what a reference says of a claim', () => {
  it('is the difference for each level of a trend, within the table that the claim names, beside ours', () => {
    const falls = claim('falls', {
      source: 'Table 2',
      where: { fraction: 1 },
      difference,
      is: { falling: 'augmentation' },
    });
    const found = referenceOfClaim(falls, own, reference)!;
    expect(found.source).toBe('Table 2');
    expect(found.differences).toEqual([
      {
        context: { augmentation: 's1' },
        reference: expect.closeTo(0.3, 9) as number,
        approximate: true,
        own: 5,
      },
      { context: { augmentation: 's4' }, reference: expect.closeTo(-1, 9) as number, approximate: false },
    ]);
  });

  it('is never taken across tables, and is words where no cell tells', () => {
    const hurts = claim('hurts', {
      source: 'Table 1',
      where: { fraction: 1, augmentation: 's4' },
      difference,
      is: { below: 0 },
    });
    expect(referenceOfClaim(hurts, own, reference)!.differences[0]!.reference).toBeCloseTo(-0.7, 9);
    const cheaper = claim('cheaper', {
      where: { fraction: 1, augmentation: 's4' },
      costRatio: { of: { init: 'random' }, to: { init: 'imagenet' }, targetAP: 20 },
      is: { between: [1.3, 8] },
    });
    expect(referenceOfClaim(cheaper, own, reference)).toEqual({ differences: [], words: '1.3 to 8 times' });
    const other = claim('other', {
      where: { fraction: 0.2, augmentation: 's4' },
      difference,
      is: { above: 0 },
    });
    expect(referenceOfClaim(other, own, reference)).toBeUndefined();
  });
});

describe('a reference in a benchmark file', () => {
  const complaints = (changes: object, table: object = {}) => {
    const [first, second] = reference.tables;
    const parsed = referenceSpec.parse({
      ...reference,
      tables: [{ ...first, ...table }, second],
      ...changes,
    });
    return checkReference(parsed, values, ['falls', 'cheaper']).map(({ path, message, hint }) =>
      [`${path.join('.')}: ${message}`, hint ?? []].flat().join(' '),
    );
  };

  it('names cells that there are, each once, and claims that there are', () => {
    expect(complaints({})).toEqual([]);
    expect(complaints({ claims: { fals: 'x' } })).toEqual([
      expect.stringMatching(/^claims\.fals: There is no claim "fals"\. .*falls/),
    ]);
    const cells = [
      { init: 'radom', AP: 1 },
      { init: 'random', augmentation: 's1', AP: 1 },
      { AP: 1 },
      { init: 'imagenet', AP: 2 },
      { init: 'imagenet', AP: 3 },
    ];
    expect(complaints({}, { cells })).toEqual([
      expect.stringMatching(/^tables\.0\.cells\.0\.init: The axis init has no "radom"\. .*random/),
      'tables.0.cells.1.augmentation: "where" sets the augmentation already.',
      'tables.0.cells.2: A reference must name one cell: set the init here or in "where".',
      'tables.0.cells.4: This is the same cell as cells[3].',
    ]);
  });

  it('is parsed strictly', () => {
    const broken = (changes: object) => referenceSpec.safeParse({ ...reference, ...changes }).success;
    expect(broken({ link: 'javascript:alert(1)' })).toBe(false);
    expect(broken({ link: 'https://arxiv.org/abs/2006.06882' })).toBe(true);
    expect(broken({ table: [] })).toBe(false);
    expect(broken({ tables: [{ source: 'x', cells: [{ init: 'random', AP: 443 }] }] })).toBe(false);
  });
});
