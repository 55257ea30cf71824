import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accumulate } from './accumulate';
import { evaluate } from './evaluate';
import { evaluationCase } from './arbitraries.test-helper';
import { hit, miss, row } from './row.test-helper';
import { summarise } from './summarise';
import { type Box, type CocoDetection } from './types';

const runs = { numRuns: 300 };

describe('by hand', () => {
  test('all found, nothing else', () => {
    const { stats } = evaluate(row(2), [hit(0, 0.9), hit(1, 0.8)]);
    expect(stats).toEqual({
      AP: 1, AP50: 1, AP75: 1, APs: null, APm: 1, APl: null,
      AR1: 0.5, AR10: 1, AR100: 1, ARs: null, ARm: 1, ARl: null,
    }); // prettier-ignore
  });

  test('half found: recall levels 0 to .5 of 101', () => {
    expect(evaluate(row(2), [hit(0, 0.9)]).stats.AP).toBeCloseTo(51 / 101, 12);
  });

  test('a false positive before the second hit', () => {
    const { stats } = evaluate(row(2), [hit(0, 0.9), miss(0.8), hit(1, 0.7)]);
    expect(stats.AP).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12);
  });

  test('a tie of a hit and a miss: one point, and a band', () => {
    const { stats, tieBand } = evaluate(row(1), [hit(0, 0.9), miss(0.9)]);
    expect(stats.AP).toBe(0.5);
    expect(tieBand.AP).toEqual([0.5, 1]);
    expect(tieBand.APs).toBeNull();
    const inOrder = (list: CocoDetection[]): number | null =>
      evaluate(row(1), list, { tieRule: 'pycocotools' }).stats.AP;
    expect(inOrder([hit(0, 0.9), miss(0.9)])).toBe(1);
    expect(inOrder([miss(0.9), hit(0, 0.9)])).toBe(0.5);
  });

  test('no detections: 0; no truth: null, and no part of a mean', () => {
    const truth = { ...row(1), categories: [{ id: 1 }, { id: 2 }] };
    expect(evaluate(truth, []).stats.AP).toBe(0);
    const { stats, perCategory } = evaluate(truth, [hit(0, 0.9)]);
    expect(stats.AP).toBe(1);
    expect(perCategory).toEqual({
      1: { AP: 1, AP50: 1, AR100: 1 },
      2: { AP: null, AP50: null, AR100: null },
    });
    expect(evaluate(row(0), [hit(0, 0.9)]).stats.AP).toBeNull();
  });
});

describe('invariants', () => {
  test('every number lies in [0, 1] or is null', () => {
    fc.assert(
      fc.property(
        evaluationCase,
        fc.constantFrom('threshold', 'pycocotools'),
        ({ truth, detections }, tieRule) => {
          const { stats, perCategory } = evaluate(truth, detections, { tieRule });
          for (const value of [stats, ...Object.values(perCategory)].flatMap(
            (one) => Object.values(one) as unknown[],
          )) {
            if (value === null) continue;
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
          }
        },
      ),
      runs,
    );
  });

  test('the order of the input does not matter', () => {
    fc.assert(
      fc.property(
        evaluationCase,
        fc.infiniteStream(fc.nat()),
        ({ truth, detections }, stream: Iterator<number>) => {
          const shuffled = <T>(list: readonly T[]): T[] =>
            list
              .map((entry) => ({ entry, key: stream.next().value as number }))
              .sort((one, other) => one.key - other.key)
              .map(({ entry }) => entry);
          const mixed = evaluate(
            {
              images: shuffled(truth.images),
              categories: shuffled(truth.categories),
              annotations: shuffled(truth.annotations),
            },
            shuffled(detections),
          );
          const straight = evaluate(truth, detections);
          expect(mixed.stats).toEqual(straight.stats);
          expect(mixed.perCategory).toEqual(straight.perCategory);
          expect(mixed.tieBand).toEqual(straight.tieBand);
        },
      ),
      runs,
    );
  });

  test('names of images do not matter', () => {
    fc.assert(
      fc.property(evaluationCase, ({ truth, detections }) => {
        const rename = (id: number): number => ({ 5: 1000, 7: 2, 11: 1 })[id]!;
        const renamed = evaluate(
          {
            ...truth,
            images: truth.images.map(({ id }) => ({ id: rename(id) })),
            annotations: truth.annotations.map((entry) => ({ ...entry, image_id: rename(entry.image_id) })),
          },
          detections.map((entry) => ({ ...entry, image_id: rename(entry.image_id) })),
        );
        expect(renamed.stats).toEqual(evaluate(truth, detections).stats);
      }),
      runs,
    );
  });

  test('without ties both rules agree', () => {
    fc.assert(
      fc.property(evaluationCase, ({ truth, detections }) => {
        const distinct = detections.map((entry, index) => ({ ...entry, score: entry.score + index * 1e-6 }));
        // Truth of equal IoU may still be taken in another order: one object of a kind and place.
        const seen = new Set<string>();
        const annotations = truth.annotations.filter(({ image_id, category_id }) => {
          const fresh = !seen.has(`${image_id} ${category_id}`);
          seen.add(`${image_id} ${category_id}`);
          return fresh;
        });
        const ours = evaluate({ ...truth, annotations }, distinct);
        expect(ours.stats).toEqual(
          evaluate({ ...truth, annotations }, distinct, { tieRule: 'pycocotools' }).stats,
        );
        expect(ours.tieBand.AP).toEqual(ours.stats.AP === null ? null : [ours.stats.AP, ours.stats.AP]);
      }),
      runs,
    );
  });

  test('adding a false positive never helps', () => {
    const anywhere = fc.record({
      image_id: fc.constantFrom(11, 5, 7),
      category_id: fc.constantFrom(3, 1, 90),
      score: fc.constantFrom(0.05, 0.2, 0.5, 0.7, 1),
    });
    fc.assert(
      fc.property(evaluationCase, anywhere, ({ truth, detections }, where) => {
        const before = evaluate(truth, detections);
        const after = evaluate(truth, [...detections, { ...where, bbox: [5000, 5000, 40, 40] }]);
        for (const name of ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100'] as const) {
          expect(after.stats[name] ?? 0).toBeLessThanOrEqual(before.stats[name] ?? 0);
        }
      }),
      runs,
    );
  });

  test('detecting an object twice never helps where objects stand apart', () => {
    const choice = fc.array(fc.record({ object: fc.nat(5), score: fc.constantFrom(0.2, 0.5, 0.9) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(choice, fc.nat(), (chosen, which) => {
        const detections = chosen.map(({ object, score }) => hit(object, score));
        if (detections.length === 0) return;
        const again = [...detections, detections[which % detections.length]!];
        expect(evaluate(row(4), again).stats.AP!).toBeLessThanOrEqual(evaluate(row(4), detections).stats.AP!);
      }),
      runs,
    );
  });

  test('scaling all boxes leaves AP over all sizes as it is', () => {
    fc.assert(
      fc.property(evaluationCase, fc.constantFrom(0.25, 2, 8), ({ truth, detections }, factor) => {
        const scale = <T extends { bbox: Box }>(entry: T): T => ({
          ...entry,
          bbox: entry.bbox.map((value) => value * factor) as unknown as Box,
        });
        const scaled = evaluate(
          { ...truth, annotations: truth.annotations.map(scale) },
          detections.map(scale),
        );
        const plain = evaluate(truth, detections);
        for (const name of ['AP', 'AP50', 'AP75', 'AR1', 'AR10', 'AR100'] as const) {
          expect(scaled.stats[name]).toBe(plain.stats[name]);
        }
      }),
      runs,
    );
  });

  test('scores matter by their order alone', () => {
    fc.assert(
      fc.property(evaluationCase, ({ truth, detections }) => {
        const curved = detections.map((entry) => ({ ...entry, score: Math.log(entry.score) }));
        expect(evaluate(truth, curved).stats).toEqual(evaluate(truth, detections).stats);
      }),
      runs,
    );
  });

  test('weights equal repeated images', () => {
    fc.assert(
      fc.property(
        evaluationCase,
        fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
        ({ truth, detections }, weights) => {
          const { records } = evaluate(truth, detections);
          const copies = records.imageIds.flatMap((id, index) =>
            Array.from({ length: weights[index]! }, (_, copy) => ({ id, as: 1000 * (copy + 1) + id })),
          );
          const repeated = evaluate(
            {
              categories: truth.categories,
              images: copies.map(({ as }) => ({ id: as })),
              annotations: copies
                .flatMap(({ id, as }) =>
                  truth.annotations
                    .filter((one) => one.image_id === id)
                    .map((one) => ({ ...one, image_id: as })),
                )
                .map((one, index) => ({ ...one, id: index })),
            },
            copies.flatMap(({ id, as }) =>
              detections.filter((one) => one.image_id === id).map((one) => ({ ...one, image_id: as })),
            ),
          );
          expect(summarise(accumulate(records, { weights }))).toEqual(repeated.stats);
        },
      ),
      runs,
    );
  });
});
