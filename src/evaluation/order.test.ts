import fc from 'fast-check';
import { expect, test } from 'vitest';
import { detectionsFrom } from './detections';
import { orderDetections } from './order';
import { truthFrom } from '../core/coco/ground-truth';
import { type CocoDetection } from './types';

const truth = truthFrom({
  images: [{ id: 1 }, { id: 2 }, { id: 3 }],
  annotations: [],
  categories: [{ id: 1 }, { id: 2 }],
});
const detection: fc.Arbitrary<CocoDetection> = fc.record({
  image_id: fc.constantFrom(1, 2, 3),
  category_id: fc.constantFrom(1, 2),
  bbox: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
  score: fc.oneof(fc.constantFrom(0, -0, 0.5, -1, 1), fc.double({ noNaN: true, noDefaultInfinity: true })),
});

test('by category, falling score, image, then input (pycocotools) or box (threshold)', () => {
  fc.assert(
    fc.property(fc.array(detection, { maxLength: 40 }), (list) => {
      const columns = detectionsFrom(list, truth);
      const rows = list.map((_, row) => row);
      const byKeys = (one: number, other: number): number =>
        list[one]!.category_id - list[other]!.category_id ||
        (list[other]!.score > list[one]!.score ? 1 : list[other]!.score < list[one]!.score ? -1 : 0) ||
        list[one]!.image_id - list[other]!.image_id;
      const byBox = (one: number, other: number): number =>
        [0, 1, 2, 3].reduce((so, side) => so || list[one]!.bbox[side]! - list[other]!.bbox[side]!, 0);
      expect([...orderDetections(columns, truth, 'pycocotools').rows]).toEqual([...rows].sort(byKeys));
      expect([...orderDetections(columns, truth, 'threshold').rows]).toEqual(
        [...rows].sort((one, other) => byKeys(one, other) || byBox(one, other)),
      );
    }),
    { numRuns: 500 },
  );
});
