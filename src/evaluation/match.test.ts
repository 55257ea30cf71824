import { describe, expect, test } from 'vitest';
import { detectionsFrom } from './detections';
import { match } from './match';
import { truthFrom } from '../core/coco/ground-truth';
import { type Box, type CocoAnnotation } from './types';

type Annotation = Partial<CocoAnnotation> & { bbox: Box };

/** True and false positives at IoU .5 of one image and category, in the order of the records. */
function matched(annotations: Annotation[], detections: [Box, number][], area = 0, threshold = 0): string {
  const truth = truthFrom({
    images: [{ id: 1 }],
    categories: [{ id: 1 }],
    annotations: annotations.map((entry, index) => ({
      id: index + 1,
      image_id: 1,
      category_id: 1,
      ...entry,
    })),
  });
  const columns = detectionsFrom(
    detections.map(([bbox, score]) => ({ image_id: 1, category_id: 1, bbox, score })),
    truth,
  );
  const records = match(truth, columns, 'pycocotools');
  const bit = (bits: Uint16Array, d: number): boolean =>
    ((bits[area * records.count + d]! >> threshold) & 1) === 1;
  return Array.from({ length: records.count }, (_, d) =>
    bit(records.truePositive, d) ? 'T' : bit(records.falsePositive, d) ? 'F' : 'i',
  ).join('');
}

describe('match', () => {
  test('the higher score takes the truth; the duplicate is false', () => {
    expect(matched([{ bbox: [0, 0, 10, 10] }], [[[0, 0, 10, 9], 0.5], [[0, 0, 10, 6], 0.9]])).toBe('TF'); // prettier-ignore
  });

  test('the best free truth, not the first one', () => {
    const truth = [{ bbox: [0, 0, 10, 10] as Box }, { bbox: [0, 2, 10, 10] as Box }];
    expect(matched(truth, [[[0, 2, 10, 10], 0.9], [[0, 0, 10, 10], 0.8]], 0, 9)).toBe('TT'); // prettier-ignore
  });

  test('each threshold for itself', () => {
    const detections: [Box, number][] = [[[0, 0, 10, 7], 0.9], [[0, 0, 10, 9], 0.5]]; // prettier-ignore
    expect(matched([{ bbox: [0, 0, 10, 10] }], detections, 0, 0)).toBe('TF');
    expect(matched([{ bbox: [0, 0, 10, 10] }], detections, 0, 5)).toBe('FT');
  });

  test('an IoU exactly on the threshold matches', () => {
    expect(matched([{ bbox: [0, 0, 10, 10] }], [[[0, 0, 10, 5], 0.9]])).toBe('T');
  });

  test('a crowd takes any number of detections, and none counts', () => {
    const crowd = { bbox: [0, 0, 100, 100] as Box, iscrowd: 1 as const };
    expect(matched([crowd], [[[0, 0, 10, 10], 0.9], [[5, 5, 10, 10], 0.8], [[200, 0, 10, 10], 0.7]])).toBe('iiF'); // prettier-ignore
  });

  test('truth that counts comes before a crowd of higher IoU', () => {
    const truth = [{ bbox: [0, 0, 100, 100] as Box, iscrowd: 1 as const }, { bbox: [0, 0, 10, 20] as Box }];
    expect(matched(truth, [[[0, 0, 10, 12], 0.9], [[0, 0, 10, 12], 0.8]])).toBe('Ti'); // prettier-ignore
  });

  test('in a size range, truth and unmatched detections of another size are ignored', () => {
    const truth = [{ bbox: [0, 0, 10, 10] as Box }, { bbox: [100, 100, 200, 200] as Box }];
    const detections: [Box, number][] = [
      [[0, 0, 10, 10], 0.9],
      [[100, 100, 200, 200], 0.8],
      [[500, 0, 10, 10], 0.7],
      [[500, 0, 200, 200], 0.6],
    ];
    expect(matched(truth, detections, 0)).toBe('TTFF');
    expect(matched(truth, detections, 1)).toBe('TiFi');
    expect(matched(truth, detections, 3)).toBe('iTiF');
  });

  test('the annotated area decides the size of truth, the box that of a detection', () => {
    expect(matched([{ bbox: [0, 0, 40, 40], area: 900 }], [[[0, 0, 40, 40], 0.9]], 1)).toBe('T');
    expect(matched([{ bbox: [0, 0, 40, 40], area: 900 }], [[[0, 0, 40, 40], 0.9]], 2)).toBe('i');
  });

  test('both limits of a range belong to it', () => {
    for (const area of [1, 2])
      expect(matched([{ bbox: [0, 0, 32, 32] }], [[[0, 0, 32, 32], 0.9]], area)).toBe('T');
    for (const area of [2, 3])
      expect(matched([{ bbox: [0, 0, 96, 96] }], [[[99, 0, 96, 96], 0.9]], area)).toBe('F');
  });

  test('the best hundred of an image and category are kept', () => {
    const many = Array.from({ length: 120 }, (_, index): [Box, number] => [
      [20 * index, 0, 10, 10],
      index / 120,
    ]);
    expect(matched([{ bbox: [0, 0, 10, 10] }], many)).toBe('F'.repeat(100));
  });

  test('annotation id 0 is an id like any other', () => {
    // pycocotools takes a match with id 0 for none.
    expect(matched([{ id: 0, bbox: [0, 0, 10, 10] }], [[[0, 0, 10, 10], 0.9]])).toBe('T');
  });
});
