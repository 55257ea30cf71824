import fc from 'fast-check';
import { type Box, type CocoDetection, type CocoTruth } from './types';

/** Generators of small evaluations with many ties, overlaps, crowds and boxes on the limits of the size ranges. */

const side = fc.constantFrom(0, 8, 20, 31, 32, 33, 64, 96, 97, 150);
const box: fc.Arbitrary<Box> = fc
  .tuple(fc.nat(3), fc.nat(3), side, side)
  .map(([x, y, w, h]) => [10 * x, 10 * y, w, h]);
const score = fc.constantFrom(0.1, 0.2, 0.3, 0.5, 0.9, 1);
const imageId = fc.constantFrom(11, 5, 7);
const categoryId = fc.constantFrom(3, 1, 90);

const annotations = fc.array(
  fc.record({ image_id: imageId, category_id: categoryId, bbox: box, iscrowd: fc.constantFrom(0, 0, 0, 1) }),
  { maxLength: 16 },
);
const detection: fc.Arbitrary<CocoDetection> = fc.record({
  image_id: imageId,
  category_id: categoryId,
  bbox: box,
  score,
});

const truth: fc.Arbitrary<CocoTruth> = annotations.map((entries) => ({
  images: [{ id: 11 }, { id: 5 }, { id: 7 }],
  categories: [{ id: 3 }, { id: 1 }, { id: 90 }],
  annotations: entries.map((entry, index) => ({ ...entry, id: index + 1 })),
}));

/** Truth, and detections of which half lie near some truth. */
export const evaluationCase: fc.Arbitrary<{ truth: CocoTruth; detections: CocoDetection[] }> = truth.chain(
  (made) => {
    const near: fc.Arbitrary<CocoDetection> =
      made.annotations.length === 0
        ? detection
        : fc
            .record({ of: fc.constantFrom(...made.annotations), dx: fc.integer({ min: -3, max: 3 }), score })
            .map(({ of, dx, score: sure }) => ({
              image_id: of.image_id,
              category_id: of.category_id,
              bbox: [of.bbox[0] + dx, of.bbox[1], of.bbox[2], of.bbox[3]] as const,
              score: sure,
            }));
    return fc.record({
      truth: fc.constant(made),
      detections: fc.array(fc.oneof(detection, near), { maxLength: 24 }),
    });
  },
);
