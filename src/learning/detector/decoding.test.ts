import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBoxes } from './box-coder';
import { decodeDetections, type InferenceSettings, scoreOfLogit } from './decoding';
import { boxIou, softSuppress } from './nms';
import { detectorSpec } from '../../core/plan/detector-spec';

const defaults = detectorSpec.parse({ backbone: { type: 'plain' } }).inference;
const imageShape = { height: 40, width: 30 };

/** Anchors that overlap much, with logits of which many are equal and many are saturated. */
const images = fc.integer({ min: 1, max: 24 }).chain((anchorCount) =>
  fc.record({
    anchors: fc
      .array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: anchorCount, maxLength: anchorCount })
      .map((corners) => Float32Array.from(corners.flatMap(([y, x]) => [4 * y, 4 * x, 4 * y + 9, 4 * x + 9]))),
    logits: fc
      .array(fc.integer({ min: -4, max: 4 }), { minLength: 3 * anchorCount, maxLength: 3 * anchorCount })
      .chain((values) =>
        fc.constantFrom(1, 0.1, 12).map((scale) => Float32Array.from(values, (v) => scale * v)),
      ),
    boxCodes: fc
      .array(fc.integer({ min: -2, max: 6 }), { minLength: 4 * anchorCount, maxLength: 4 * anchorCount })
      .map((codes) => Float32Array.from(codes, (code) => code / 8)),
  }),
);
const settings = fc.record({
  scoreThreshold: fc.constantFrom(0.05, 0.3, 0.99),
  preNmsTopK: fc.constantFrom(1, 4, 5000),
  nmsIou: fc.constantFrom(0.1, 0.5, 0.9),
  maxDetections: fc.constantFrom(1, 5, 100),
  softNmsSigma: fc.constantFrom(undefined, 0.5),
  boxDecoding: fc.constantFrom('reference' as const, 'exact' as const),
  maxSizeRatio: fc.constantFrom(1.5, 62.5),
});

/** As the definition reads: class by class, everything sorted, everything decoded. */
function byDefinition(
  { anchors, logits, boxCodes }: Record<'anchors' | 'logits' | 'boxCodes', Float32Array>,
  options: InferenceSettings,
) {
  const { boxDecoding: decoding, maxSizeRatio, softNmsSigma: sigma, scoreThreshold, maxDetections } = options;
  const boxes = decodeBoxes(anchors, boxCodes, imageShape, { decoding, maxSizeRatio });
  const boxOf = (anchor: number) => boxes.subarray(4 * anchor, 4 * anchor + 4);
  const found = [0, 1, 2].flatMap((category) => {
    const logitOf = (anchor: number) => logits[3 * anchor + category]!;
    const order = Array.from({ length: anchors.length / 4 }, (_, anchor) => anchor)
      .filter((anchor) => scoreOfLogit(logitOf(anchor)) > scoreThreshold)
      .sort((a, b) => logitOf(b) - logitOf(a) || a - b)
      .slice(0, options.preNmsTopK);
    const scores = Float32Array.from(order, (anchor) => scoreOfLogit(logitOf(anchor)));
    const detection = (row: number, score: number) => ({ box: [...boxOf(order[row]!)], score, category });
    if (sigma !== undefined) {
      const soft = { sigma, minScore: scoreThreshold, maxKept: maxDetections };
      return softSuppress(order.map(boxOf), scores, soft).map(({ row, score }) => detection(row, score));
    }
    const kept: number[] = [];
    for (const row of order.keys()) {
      const overlaps = (other: number) => boxIou(boxOf(order[other]!), boxOf(order[row]!)) > options.nmsIou;
      if (!kept.some(overlaps)) kept.push(row);
    }
    return kept.slice(0, maxDetections).map((row) => detection(row, scores[row]!));
  });
  return found.sort((a, b) => b.score - a.score).slice(0, maxDetections);
}

describe('decoding', () => {
  it('finds what its definition says, bit by bit, also among equal scores', () => {
    fc.assert(
      fc.property(images, settings, (image, options) => {
        const found = decodeDetections({ ...image, imageShape }, options);
        const expected = byDefinition(image, options);
        expect([...found.classes]).toEqual(expected.map(({ category }) => category));
        expect(found.scores).toEqual(Float32Array.from(expected, ({ score }) => score));
        expect(found.boxes).toEqual(Float32Array.from(expected.flatMap(({ box }) => box)));
      }),
      { numRuns: 500 },
    );
  });

  it('finds nothing where no score is above the threshold', () => {
    const anchors = Float32Array.of(0, 0, 8, 8);
    const none = { anchors, boxCodes: new Float32Array(4), logits: Float32Array.of(-9, -9), imageShape };
    expect(decodeDetections(none, defaults).scores).toHaveLength(0);
    const infinite = { ...none, logits: Float32Array.of(Number.NaN, Infinity) };
    expect([...decodeDetections(infinite, defaults).classes]).toEqual([1]);
  });
});
