import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type RethinkError } from '../../contract';
import { AREA_RANGES, IOU_THRESHOLDS } from '../../evaluation/parameters';
import { evaluationFlags, parametersFrom } from './evaluation-options';

const folder = mkdtempSync(join(tmpdir(), 'evaluation-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

function parse(name: string, value: string): unknown {
  return evaluationFlags.find(({ flags }) => flags.startsWith(`${name} `))!.parse!(value, undefined);
}

describe('values', () => {
  test.each<[string, string, unknown]>([
    ['--iou', '0.5', [0.5]],
    ['--iou', '0.75,0.5,0.5', [0.5, 0.75]],
    ['--iou', '0.5:0.95', IOU_THRESHOLDS],
    ['--iou', '0.5:0.95:0.05', IOU_THRESHOLDS],
    ['--max-dets', '300', [300]],
    ['--max-dets', '100,1,10', [1, 10, 100]],
    ['--areas', 'small,medium,large', AREA_RANGES.slice(1)],
    ['--areas', 'tiny=0:256,huge=1e5:inf', [{ name: 'tiny', min: 0, max: 256 }, { name: 'huge', min: 1e5, max: 1e10 }]],
    ['--categories', 'person, traffic light', ['person', 'traffic light']],
    ['--images', '3, a.png', ['3', 'a.png']],
  ])('%s %s', (name, value, expected) => expect(parse(name, value)).toEqual(expected)); // prettier-ignore

  test('images of a file: a line each, or a JSON list', () => {
    const file = (text: string) => {
      writeFileSync(join(folder, 'ids'), text);
      return parse('--images', join(folder, 'ids'));
    };
    expect(file('3\r\n17\n\n a b.png \n')).toEqual(['3', '17', 'a b.png']);
    expect(file('[3, "a.png"]')).toEqual(['3', 'a.png']);
    expect(() => file('[3,')).toThrow('The list of images is not JSON');
  });

  test('areas are added to that of all sizes', () => {
    expect(parametersFrom({ areas: [AREA_RANGES[1]!] }).areaRanges).toEqual(AREA_RANGES.slice(0, 2));
    expect(parametersFrom({}).areaRanges).toEqual(AREA_RANGES);
  });
});

test.each([
  ['--iou', '50', /^--iou must be numbers in \(0, 1\]/, '50 % is 0.5.'],
  ['--iou', '', /^--iou must be/, undefined],
  ['--iou', '0.5:0.9:0.1:3', /^--iou must be/, undefined],
  ['--iou', '0.5:0.95:0.01', /has 46 thresholds, more than the maximum of 16\.$/, undefined],
  ['--max-dets', '0', /^--max-dets must be integers between 1 and 65535/, undefined],
  ['--max-dets', '1,x', /got "1,x"\.$/, undefined],
  ['--areas', 'smal', /^There is no area range "smal"\.$/, 'Did you mean "small"?'],
  ['--areas', 'tiny=9:1', /^--areas must be ranges name=min:max/, 'For example'],
  ['--areas', 'tiny=:5', /got "tiny=:5"\.$/, 'For example'],
  ['--areas', 'small,small', /names the range "small" twice/, undefined],
  ['--areas', 'all', /no area range "all"/, 'small'],
])('%s %s is refused', (name, value, message, hint) => {
  try {
    parse(name, value);
    expect.unreachable();
  } catch (error) {
    expect((error as RethinkError).code).toBe('USAGE');
    expect((error as RethinkError).message).toMatch(message);
    expect((error as RethinkError).hint ?? '').toContain(hint ?? '');
  }
});
