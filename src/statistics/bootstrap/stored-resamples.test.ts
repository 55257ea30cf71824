import { expect, test } from 'vitest';
import { resampleWeights, imagesDigest } from './image-resamples';
import { type StoredResamples } from '../../evaluation';
import { readResamples, storeResamples } from './stored-resamples';
import { resampledScores } from '../../evaluation/summarise';

const imageIds = [3, 5, 8, 13, 21];

test('a resample draws as many images as there are, the same ones whenever it is asked for', () => {
  const [draw, again] = [resampleWeights(imageIds), resampleWeights(imageIds)];
  const later = again(7).slice();
  const first = [...draw(0)];
  expect(first.reduce((sum, weight) => sum + weight, 0)).toBe(imageIds.length);
  expect([...draw(7)]).toEqual([...later]);
  expect([...draw(0)]).toEqual(first);
  expect([...again(0)]).toEqual(first);
});

test('other images, other draws', () => {
  const [draw, others] = [resampleWeights(imageIds), resampleWeights([...imageIds.slice(1), 34])];
  expect(imagesDigest(imageIds)).not.toBe(imagesDigest([...imageIds.slice(1), 34]));
  const differ = Array.from({ length: 10 }, (_, b) => String([...draw(b)]) !== String([...others(b)]));
  expect(differ).toContain(true);
});

test('stored and read again: 32-bit floats, gaps included', () => {
  const values = Float64Array.of(0.123456789, NaN, 1);
  const stats = Object.fromEntries(resampledScores.map((name) => [name, values])) as never;
  const stored = JSON.parse(JSON.stringify(storeResamples(imageIds, stats))) as StoredResamples;
  const read = readResamples(stored)!;
  expect([read.images, read.count]).toEqual([imagesDigest(imageIds), 3]);
  expect(read.scores('APs')[0]).toBeCloseTo(0.123456789, 7);
  expect([...read.scores('AP')].slice(1)).toEqual([NaN, 1]);
});

test('what is not whole is as good as absent', () => {
  expect(readResamples(undefined)).toBeUndefined();
  const stats = Object.fromEntries(resampledScores.map((name) => [name, new Float64Array(3)])) as never;
  const stored = storeResamples(imageIds, stats);
  expect(readResamples({ ...stored, count: 4 })).toBeUndefined();
});
