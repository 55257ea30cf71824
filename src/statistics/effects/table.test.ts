import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatLocation, RethinkError } from '../../contract';
import { estimateEffects } from './effects';
import { readTable, type TableOptions } from './table';

const folder = mkdtempSync(join(tmpdir(), 'table-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, options?: TableOptions) {
  const file = join(folder, 'table.csv');
  writeFileSync(file, text);
  return readTable(file, options);
}

describe('readTable', () => {
  it.each([',', ';', '\t'])(
    'takes every column but the scores and the seed for an axis, separated by %j',
    (separator) => {
      const lines = [
        ['model', 'data', 'seed', 'ap'],
        ['a', 'x', '0', '10'],
        ['b', 'x', '0', '12.5'],
        ['a', 'y, z', '0', '1e1'],
      ];
      const quoted = lines.map((line) => line.map((value) => `"${value}"`).join(separator)).join('\r\n');
      const grid = read(`\uFEFF${quoted}\r\n`);
      expect(grid.axes).toEqual([
        { name: 'model', levels: ['a', 'b'] },
        { name: 'data', levels: ['x', 'y, z'] },
      ]);
      expect(estimateEffects(grid)[0]).toMatchObject({
        estimate: 2.5,
        used: [{ context: { data: 'x' } }],
        leftOut: [{ missing: [{ cell: { model: 'b', data: 'y, z' }, reason: 'not in the table' }] }],
      });
    },
  );

  it('sets a level first that is named as the reference', () => {
    expect(read('model,AP\na,1\nb,2\n', { reference: { model: 'b' } }).axes[0]!.levels).toEqual(['b', 'a']);
  });

  it.each([
    ['model,seed,mAP\na,0,10\n', {}, 'TABLE_COLUMN', /no column "AP"/, /Did you mean "mAP"/, /:1$/],
    ['seed,AP\n0,10\n', {}, 'TABLE_COLUMN', /no column for an axis/, /Every column/, /:1$/],
    ['model,AP\na,10\na,11\n', {}, 'TABLE_TWICE', /already in line 2/, /column "seed"/, /:3$/],
    ['model,AP\na,ten\n', {}, 'TABLE_VALUE', /"ten" is not a number/, /^$/, /:2 › AP$/],
    ['model,AP\na,\n', {}, 'TABLE_VALUE', /"" is not a number/, /Omit the line/, /:2 › AP$/],
    ['model,AP\n,1\n', {}, 'TABLE_VALUE', /An axis has no value/, /^$/, /:2 › model$/],
    ['model,AP\na\n', {}, 'TABLE_SYNTAX', /column/i, /^$/, /:2$/],
    ['model,AP\n', {}, 'TABLE_SYNTAX', /no rows/, /^$/, /csv$/],
    ['', {}, 'TABLE_SYNTAX', /no rows/, /^$/, /csv$/],
    ['model,AP\na,1\n', { reference: { model: 'x' } }, 'TABLE_COLUMN', /has no "x"/, /a/, /--reference$/],
    [
      'model,AP\na,1\n',
      { reference: { modle: 'a' } },
      'TABLE_COLUMN',
      /no axis "modle"/,
      /"model"/,
      /--reference$/,
    ],
  ])('refuses %j', (text, options, code, message, hint, place) => {
    let error: unknown;
    try {
      read(text, options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RethinkError);
    const found = error as RethinkError;
    expect(found.code).toBe(code);
    expect(found.message).toMatch(message);
    expect(found.hint ?? '').toMatch(hint);
    expect(formatLocation(found.location!)).toMatch(place);
  });
});
