import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { accumulate } from './accumulate';
import { detectionsFrom } from './detections';
import { match, type MatchRecords } from './match';
import { type TieRule } from './parameters';
import { resample } from './resample';
import { compiledKernel } from './resample-kernel.test-helper';
import { summarise } from './summarise';
import { evaluationCase } from './arbitraries.test-helper';
import { truthFrom } from '../core/coco/ground-truth';

const drawsOf = (images: number, most: number) =>
  fc.array(
    fc
      .array(fc.nat(most), { minLength: images, maxLength: images })
      .map((counts) => Uint16Array.from(counts)),
    { minLength: 1, maxLength: 6 },
  );

function expectAsAccumulated(records: MatchRecords, drawn: Uint16Array[]): void {
  const resampled = resample(records, (b) => drawn[b]!, drawn.length);
  drawn.forEach((weights, b) => {
    const stats = summarise(accumulate(records, { weights }));
    for (const name of ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl'] as const) {
      if (stats[name] === null) expect(resampled[name][b]).toBeNaN();
      else expect(resampled[name][b]).toBeCloseTo(stats[name], 12);
    }
  });
}

describe.each([true, false])('a resample equals accumulating with its weights, SIMD %s', (hasSimd) => {
  beforeEach(() => {
    if (!hasSimd) vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  });
  afterEach(() => void vi.restoreAllMocks());

  test('with ties, crowds and boxes on the limits of sizes', () => {
    fc.assert(
      fc.property(
        evaluationCase,
        fc.oneof(drawsOf(3, 3), drawsOf(3, 65535)),
        fc.constantFrom<TieRule>('threshold', 'pycocotools'),
        (made, drawn, rule) => {
          const truth = truthFrom(made.truth);
          expectAsAccumulated(match(truth, detectionsFrom(made.detections, truth), rule), drawn);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('where recall falls on its levels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }).chain((hits) =>
          fc.record({
            hits: fc.constant(hits),
            // Images drawn once each, and any way: 100 and other numbers of truth.
            drawn: drawsOf(100, 3).map((draws) => [new Uint16Array(100).fill(1), ...draws]),
          }),
        ),
        ({ hits, drawn }) => {
          const truth = truthFrom({
            images: hits.map((_, n) => ({ id: n })),
            categories: [{ id: 1 }],
            annotations: hits.map((_, n) => ({ id: n, image_id: n, category_id: 1, bbox: [0, 0, 50, 50] })),
          });
          const detections = hits.flatMap((hit, n) => [
            { image_id: n, category_id: 1, bbox: [0, 0, 50, hit ? 50 : 35] as const, score: 1 - n / 200 },
            { image_id: n, category_id: 1, bbox: [hit ? 90 : 0, 0, 50, 50] as const, score: 1 - n / 100 },
          ]);
          const records = match(truth, detectionsFrom(detections, truth), 'threshold');
          expectAsAccumulated(records, drawn);
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('the compiled kernel is that of its source', async () => {
  expect(readFileSync(join(__dirname, 'resample-kernel.ts'), 'utf8')).toBe(await compiledKernel());
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
