import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectionsFrom } from './detections';
import { errorTypes } from './error-types';
import { ERROR_TYPES, type ErrorType } from './parameters';
import { evaluate } from './evaluate';
import { evaluationCase } from './arbitraries.test-helper';
import { truthFrom } from '../core/coco/ground-truth';
import { type Box, type CocoDetection } from './types';

const truth = truthFrom({
  images: [{ id: 1 }, { id: 2 }],
  categories: [{ id: 1, name: 'cat' }, { id: 2, name: 'dog' }, { id: 3, name: 'absent' }],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 100, 100] },
    { id: 2, image_id: 1, category_id: 2, bbox: [1000, 0, 100, 100] },
    { id: 3, image_id: 1, category_id: 2, bbox: [2000, 0, 100, 100], iscrowd: 1 },
  ],
}); // prettier-ignore

function analyse(...found: [category: number, box: Box, score?: number][]) {
  const list = found.map(
    ([category_id, bbox, score = 0.5], index): CocoDetection => ({ image_id: 1, category_id, bbox, score: score - index * 1e-3 }),
  ); // prettier-ignore
  return errorTypes(truth, detectionsFrom(list, truth));
}

const typesOf = ({ errors }: ReturnType<typeof analyse>): (ErrorType | undefined)[] =>
  errors.filter(({ detection }) => detection !== undefined).sort((one, other) => one.detection! - other.detection!).map(({ type }) => type); // prettier-ignore

describe('each false positive by hand', () => {
  test.each<[ErrorType, number, Box]>([
    ['localisation', 1, [0, 0, 100, 40]],
    ['localisation', 1, [0, 0, 100, 10]], // IoU .1 exactly
    ['classification', 2, [0, 0, 100, 90]],
    ['classification', 2, [0, 0, 100, 50]], // IoU .5 exactly
    ['both', 2, [0, 0, 100, 40]],
    ['background', 2, [0, 0, 100, 10]],
    ['background', 1, [500, 500, 10, 10]],
  ])('%s', (type, category, box) => {
    expect(typesOf(analyse([category, box]))).toEqual([type]);
  });

  test('duplicate: the object was taken by a better score', () => {
    const analysis = analyse([1, [0, 0, 100, 90]], [1, [0, 0, 100, 80]]);
    expect(typesOf(analysis)).toEqual(['duplicate']);
    expect(analysis.deltaAP.duplicate).toBe(0); // it comes after full recall
  });

  test('on a crowd: no error', () => {
    expect(typesOf(analyse([2, [2010, 10, 10, 10]]))).toEqual([]);
  });
});

describe('missed truth', () => {
  test('is what no mended error would find', () => {
    const analysis = analyse([2, [0, 0, 100, 90]]);
    expect(analysis.counts).toEqual({
      classification: 1, localisation: 0, both: 0, duplicate: 0, background: 0, missed: 1,
    }); // prettier-ignore
    expect(analysis.errors.find(({ type }) => type === 'missed')?.annotation).toBe(1);
  });

  test('taken out of the truth raises AP', () => {
    const analysis = analyse([1, [0, 0, 100, 90]]);
    expect(analysis.AP50).toBe(0.5);
    // Dogs lose all of their truth and count as 0 still.
    expect(analysis.deltaAP.missed).toBe(0);
  });
});

describe('categories that the truth lacks', () => {
  test('are no part of AP, and their detections are errors like any other', () => {
    const plain = analyse([1, [0, 0, 100, 90]]);
    const more = analyse([1, [0, 0, 100, 90]], [3, [1000, 0, 100, 90]], [3, [500, 500, 10, 10]]);
    expect(more.AP50).toBe(plain.AP50);
    expect(typesOf(more)).toEqual(['classification', 'background']);
    expect(more.perCategory['3']).toEqual({
      classification: 1, localisation: 0, both: 0, duplicate: 0, background: 1, missed: 0,
    }); // prettier-ignore
    expect(more.deltaAP.background).toBe(0);
    // Called by its right name, the detection finds the dog.
    expect(more.deltaAP.classification).toBe(0.5);
  });

  test('without any truth there is no AP to gain', () => {
    const empty = truthFrom({ images: [{ id: 1 }], categories: [{ id: 1 }], annotations: [] });
    const list = [{ image_id: 1, category_id: 1, bbox: [0, 0, 1, 1] as const, score: 1 }];
    const analysis = errorTypes(empty, detectionsFrom(list, empty));
    expect(analysis.AP50).toBeNull();
    expect(analysis.deltaAP.background).toBeNull();
    expect(analysis.counts.background).toBe(1);
  });
});

test('mending uses the best-scored error of a truth; the others vanish', () => {
  const analysis = analyse(
    [1, [0, 0, 100, 30], 0.4],
    [1, [0, 0, 100, 40], 0.9],
    [2, [1000, 0, 100, 100], 0.3],
  );
  expect(typesOf(analysis)).toEqual(['localisation', 'localisation']);
  expect(analysis.AP50).toBe(0.5);
  expect(analysis.deltaAP.localisation).toBe(0.5);
});

describe('invariants', () => {
  test('AP50 is that of the evaluation, and every false positive has one type', () => {
    fc.assert(
      fc.property(evaluationCase, (made) => {
        const { stats, records } = evaluate(made.truth, made.detections);
        const columns = truthFrom(made.truth);
        const analysis = errorTypes(columns, detectionsFrom(made.detections, columns));
        if (stats.AP50 === null) expect(analysis.AP50).toBeNull();
        else expect(analysis.AP50).toBeCloseTo(stats.AP50, 12);
        const wrong = Array.from({ length: records.count }, (_, d) => records.falsePositive[d]! & 1);
        const errors = analysis.errors.filter(({ detection }) => detection !== undefined);
        expect(errors.length).toBe(wrong.reduce((sum, one) => sum + one, 0));
        expect(new Set(errors.map(({ detection }) => detection)).size).toBe(errors.length);
        for (const type of ERROR_TYPES) {
          if (type !== 'missed') expect(analysis.deltaAP[type] ?? 0).toBeGreaterThanOrEqual(-1e-12);
        }
      }),
      { numRuns: 200 },
    );
  });
});
