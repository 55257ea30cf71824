import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate';
import { evaluationCase } from './arbitraries.test-helper';
import { detectionsFrom } from './detections';
import { hit, row } from './row.test-helper';
import { tieBand as computeBand } from './tie-band';
import { truthFrom } from '../core/coco/ground-truth';
import { type Box, type CocoDetection, type CocoTruth } from './types';

describe('the band of other orders', () => {
  const shuffled = <T>(list: readonly T[], stream: Iterator<number>): T[] =>
    list
      .map((entry) => ({ entry, key: stream.next().value as number }))
      .sort((one, other) => one.key - other.key)
      .map(({ entry }) => entry);

  test("holds pycocotools' AP for any order of the detections and any names of the images", () => {
    fc.assert(
      fc.property(
        evaluationCase,
        fc.infiniteStream(fc.nat()),
        ({ truth, detections }, stream: Iterator<number>) => {
          const straight = evaluate(truth, detections, { tieRule: 'pycocotools' });
          const columns = truthFrom(truth);
          // With one order tried, the coarser bounds are under test.
          const { records, stats: own } = straight;
          const coarse = computeBand(columns, detectionsFrom(detections, columns), records, own, 1);
          for (let order = 0; order < 6; order++) {
            const ids = shuffled([1, 2, 3], stream);
            const rename = (id: number): number => ids[[5, 7, 11].indexOf(id)]!;
            const { stats } = evaluate(
              {
                ...truth,
                images: truth.images.map(({ id }) => ({ id: rename(id) })),
                annotations: truth.annotations.map((entry) => ({
                  ...entry,
                  image_id: rename(entry.image_id),
                })),
              },
              shuffled(detections, stream).map((entry) => ({ ...entry, image_id: rename(entry.image_id) })),
              { tieRule: 'pycocotools' },
            );
            for (const name of ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl'] as const) {
              for (const band of [straight.tieBand[name], coarse[name]]) {
                if (band === null) {
                  expect(stats[name]).toBeNull();
                } else {
                  expect(stats[name]).toBeGreaterThanOrEqual(band[0] - 1e-12);
                  expect(stats[name]).toBeLessThanOrEqual(band[1] + 1e-12);
                }
              }
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('holds AP itself', () => {
    fc.assert(
      fc.property(evaluationCase, ({ truth, detections }) => {
        const { tieBand, stats } = evaluate(truth, detections);
        for (const name of ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl'] as const) {
          const band = tieBand[name];
          if (band === null) continue;
          expect(stats[name]).toBeGreaterThanOrEqual(band[0] - 1e-12);
          expect(stats[name]).toBeLessThanOrEqual(band[1] + 1e-12);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('inside an image: which of two rivals comes first decides what is left for the other', () => {
    // The first detection lies on both objects, the second on the first one only.
    const truth: CocoTruth = {
      ...row(0),
      annotations: [0, 30].map((x, index) => ({
        id: index + 1,
        image_id: 1,
        category_id: 1,
        bbox: [x, 0, 100, 100] as Box,
      })),
    };
    const both = { image_id: 1, category_id: 1, bbox: [10, 0, 100, 100] as Box, score: 0.5 };
    const first = { ...both, bbox: [-20, 0, 100, 100] as Box };
    const AP50 = (list: CocoDetection[]): number | null =>
      evaluate(truth, list, { tieRule: 'pycocotools' }).stats.AP50;
    expect(AP50([first, both])).toBe(1);
    expect(AP50([both, first])).toBeCloseTo(51 / 101, 12);
    for (const list of [
      [first, both],
      [both, first],
    ]) {
      const { tieBand } = evaluate(truth, list);
      expect(tieBand.AP50![0]).toBeCloseTo(51 / 101 / 2, 12); // false positive first
      expect(tieBand.AP50![1]).toBe(1);
    }
  });

  test('at the limit of detections: any of the last score may be in', () => {
    const many = Array.from({ length: 100 }, (_, index): CocoDetection => ({
      image_id: 1,
      category_id: 1,
      bbox: [0, 1000 + 100 * index, 50, 50],
      score: 0.5,
    }));
    const list = [...many, hit(0, 0.5)];
    expect(evaluate(row(1), list, { tieRule: 'pycocotools' }).stats.AP).toBe(0);
    expect(evaluate(row(1), list, { tieRule: 'pycocotools' }).tieBand.AP).toEqual([0, 1]);
    expect(evaluate(row(1), list.reverse(), { tieRule: 'pycocotools' }).stats.AP).toBe(1);
  });

  test('many rivals: coarser bounds, still in time', () => {
    const crowd = Array.from({ length: 40 }, (_, index): CocoDetection => ({
      image_id: 1,
      category_id: 1,
      bbox: [index / 10, 0, 50, 50],
      score: 0.5,
    }));
    const { tieBand, stats } = evaluate(row(1), crowd);
    expect(tieBand.AP50![0]).toBeLessThanOrEqual(stats.AP50!);
    expect(tieBand.AP50![1]).toBe(1);
  });
});
