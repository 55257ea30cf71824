import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accumulate } from './accumulate';
import { detectionsFrom } from './detections';
import { match } from './match';
import { type TieRule } from './parameters';
import { resample } from './resample';
import { summarise } from './summarise';
import { evaluationCase } from './testing';
import { truthFrom } from './truth';

const draws = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 4 });

test('a resample is what accumulating with its weights gives', () => {
  fc.assert(
    fc.property(
      evaluationCase,
      draws,
      fc.constantFrom<TieRule>('threshold', 'pycocotools'),
      (made, drawn, rule) => {
        const truth = truthFrom(made.truth);
        const records = match(truth, detectionsFrom(made.detections, truth), rule);
        const weights = drawn.map((counts) => Uint16Array.from(counts));
        const resampled = resample(records, (b) => weights[b]!, weights.length);
        weights.forEach((weight, b) => {
          const stats = summarise(accumulate(records, { weights: weight }));
          for (const name of ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl'] as const) {
            if (stats[name] === null) expect(resampled[name][b]).toBeNaN();
            else expect(resampled[name][b]).toBeCloseTo(stats[name], 12);
          }
        });
      },
    ),
    { numRuns: 300 },
  );
});

test('areas that are not asked for stay empty', () => {
  const truth = truthFrom({
    images: [{ id: 1 }],
    categories: [{ id: 1 }],
    annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 10, 10] }],
  });
  const detections = detectionsFrom([{ image_id: 1, category_id: 1, bbox: [0, 0, 10, 10], score: 1 }], truth);
  const { AP, APs } = resample(match(truth, detections, 'threshold'), () => Uint16Array.of(2), 1, [0]);
  expect([AP[0], APs[0]]).toEqual([1, NaN]);
});
