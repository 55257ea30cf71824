import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileComparison } from '../src/statistics/bootstrap/compare-files';
import { rethink } from './cli';

const folder = mkdtempSync(join(tmpdir(), 'rethink-compare-'));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const images = Array.from({ length: 40 }, (_, id) => ({ id, width: 100, height: 100 }));
const box = (id: number, shift: number) => [10 + (id % 7) + shift, 10, 40, 40];

beforeAll(() => {
  const annotations = images.map(({ id }) => ({
    ...{ id: id + 1, image_id: id, category_id: 1, bbox: box(id, 0), area: 1600, iscrowd: 0 },
  }));
  const write = (name: string, value: unknown) => writeFileSync(file(name), JSON.stringify(value));
  write('gt.json', { images, annotations, categories: [{ id: 1, name: 'thing' }] });
  // The second is off by more in every image, the third in none but one.
  const detector = (shift: (id: number) => number) =>
    images.map(({ id }) => ({
      image_id: id,
      category_id: 1,
      bbox: box(id, shift(id)),
      score: 0.5 + id / 100,
    }));
  write(
    'good.json',
    detector((id) => id % 5),
  );
  write(
    'bad.json',
    detector((id) => (id % 5) + 6),
  );
  write(
    'nearly.json',
    detector((id) => (id === 0 ? 1 : id % 5)),
  );
});

test('compare: paired differences, and ranks that follow from them', async () => {
  const names = ['good.json', 'bad.json', 'nearly.json'].map(file);
  const result = await rethink(['compare', '--annotations', file('gt.json'), ...names, '--json']);
  expect(result.code, result.stderr).toBe(0);
  const { detectors, pairs } = JSON.parse(result.stdout) as FileComparison;
  expect(detectors.map(({ rank }) => [rank.low, rank.high])).toEqual([
    [1, 2],
    [3, 3],
    [1, 2],
  ]);
  const [goodBad, goodNearly] = pairs;
  expect(goodBad!.simultaneous.low).toBeGreaterThan(0);
  expect(goodBad!.adjustedP).toBeLessThan(0.01);
  expect(goodNearly!.interval.low).toBeLessThanOrEqual(0);
  // Paired: the two nearly equal files differ by far less than either is known.
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  expect(width(goodNearly!.interval)).toBeLessThan(width(detectors[0]!.interval) / 3);
});

test('evaluate --intervals: an interval about AP', async () => {
  const args = ['--annotations', file('gt.json'), '--detections', file('good.json'), '--intervals', '--json'];
  const result = await rethink(['evaluate', ...args]);
  expect(result.code, result.stderr).toBe(0);
  const { stats, intervals, confidence } = JSON.parse(result.stdout) as {
    stats: { AP: number; APs: null };
    intervals: { AP: { low: number; high: number }; APs: null };
    confidence: number;
  };
  expect(intervals.AP.low).toBeLessThan(stats.AP);
  expect(intervals.AP.high).toBeGreaterThan(stats.AP);
  expect(intervals.APs).toBeNull();
  expect(confidence).toBe(0.95);
});

test('compare: one file is not enough, nor the same name twice', async () => {
  const one = await rethink(['compare', '--annotations', file('gt.json'), file('good.json')]);
  expect([one.code, one.stderr]).toEqual([2, expect.stringContaining('COMPARE_TOO_FEW')]);
  const twice = await rethink([
    'compare',
    '--annotations',
    file('gt.json'),
    file('bad.json'),
    file('bad.json'),
  ]);
  expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('COMPARE_TWICE')]);
});
