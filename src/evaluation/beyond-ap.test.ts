import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibration } from './calibration';
import { confusionMatrix } from './confusion-matrix';
import { detectionsFrom } from './detections';
import { byCategoryGroup, byCrowding, perImage } from './diagnostics';
import { evaluate } from './evaluate';
import { precisionRecallCurve } from './pr-curve';
import { pseudoLabelQuality } from './pseudo-label-quality';
import { evaluationCase } from './arbitraries.test-helper';
import { truthFrom } from '../core/coco/ground-truth';
import { type Box, type CocoDetection, type CocoTruth } from './types';

const truth: CocoTruth = {
  images: [{ id: 1 }, { id: 2 }],
  categories: [
    { id: 1, name: 'cat', supercategory: 'animal' },
    { id: 2, name: 'dog', supercategory: 'animal' },
    { id: 3, name: 'cup', supercategory: 'kitchen' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 50, 50] },
    { id: 2, image_id: 1, category_id: 2, bbox: [100, 0, 50, 50] },
    { id: 3, image_id: 2, category_id: 1, bbox: [0, 0, 50, 50] },
    { id: 4, image_id: 2, category_id: 1, bbox: [100, 0, 90, 90], iscrowd: 1 },
  ],
};
const find = (image_id: number, category_id: number, x: number, score: number): CocoDetection => ({
  image_id,
  category_id,
  bbox: [x, 0, 50, 50] as Box,
  score,
});
const detections = [
  find(1, 1, 0, 0.9),
  find(1, 1, 100, 0.8), // a dog called cat
  find(2, 1, 0, 0.7),
  find(2, 1, 120, 0.6), // on the crowd
  find(2, 3, 500, 0.4), // nothing there
];

describe('precisionRecallCurve', () => {
  test('by hand', () => {
    const curve = precisionRecallCurve(evaluate(truth, detections).records, 0)!;
    expect(curve.positives).toBe(2);
    expect([...curve.score]).toEqual([0.9, 0.8, 0.7, 0.6]);
    expect([...curve.recall]).toEqual([0.5, 0.5, 1, 1]);
    expect([...curve.precision]).toEqual([1, 1 / 2, 2 / 3, 2 / 3]);
    expect(curve.interpolated[50]).toBe(1);
    expect(curve.interpolatedScore[50]).toBe(0.9);
    expect(curve.interpolated[51]).toBe(2 / 3);
    expect(curve.interpolatedScore[100]).toBe(0.7);
  });

  test('its mean is AP', () => {
    fc.assert(
      fc.property(evaluationCase, fc.nat(9), fc.nat(3), (made, threshold, area) => {
        const { records, accumulated } = evaluate(made.truth, made.detections);
        records.categoryIds.forEach((_, k) => {
          const curve = precisionRecallCurve(records, k, { threshold, area });
          const AP = accumulated.averagePrecision[(area * records.categoryIds.length + k) * 10 + threshold]!;
          if (curve === null) expect(AP).toBeNaN();
          else expect(curve.interpolated.reduce((sum, value) => sum + value, 0) / 101).toBeCloseTo(AP, 12);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe('pseudoLabelQuality', () => {
  test('by hand', () => {
    const [all, sure, none] = pseudoLabelQuality(truth, detections, [0, 0.75, 0.95]);
    expect(all).toMatchObject({ labels: 4, truePositives: 2, falsePositives: 2, missed: 1, precision: 0.5 });
    expect(all!.recall).toBe(2 / 3);
    expect(all!.f1).toBeCloseTo(4 / 7, 12);
    expect(all!.perCategory['3']).toMatchObject({
      labels: 1,
      precision: 0,
      recall: null,
      f1: null,
      AP: null,
    });
    expect(sure).toMatchObject({ labels: 2, truePositives: 1, precision: 0.5, recall: 1 / 3 });
    expect(none).toMatchObject({ labels: 0, precision: null, recall: 0, AP: 0, AP50: 0 });
  });

  test('AP at a threshold is that of the detections above it', () => {
    fc.assert(
      fc.property(evaluationCase, fc.constantFrom(0, 0.2, 0.4), (made, threshold) => {
        const [quality] = pseudoLabelQuality(made.truth, made.detections, [threshold]);
        const { stats, perCategory } = evaluate(
          made.truth,
          made.detections.filter(({ score }) => score >= threshold),
        );
        expect(quality!.AP).toEqual(stats.AP);
        for (const [id, numbers] of Object.entries(perCategory)) {
          expect(quality!.perCategory[id]).toMatchObject(numbers);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a higher threshold never raises recall', () => {
    fc.assert(
      fc.property(evaluationCase, (made) => {
        const recalls = pseudoLabelQuality(made.truth, made.detections).map(({ recall }) => recall ?? 0);
        expect([...recalls].sort((one, other) => other - one)).toEqual(recalls);
      }),
      { numRuns: 100 },
    );
  });
});

describe('confusionMatrix', () => {
  test('by hand', () => {
    const columns = truthFrom(truth);
    const matrix = confusionMatrix(columns, detectionsFrom(detections, columns));
    expect(matrix.categoryIds).toEqual([1, 2, 3]);
    expect([...matrix.counts]).toEqual([
      2, 0, 0, 0,
      1, 0, 0, 0,
      0, 0, 0, 0,
      0, 0, 1, 0,
    ]); // prettier-ignore
    const sure = confusionMatrix(columns, detectionsFrom(detections, columns), { scoreThreshold: 0.75 });
    expect(sure.at(0, 0)).toBe(1);
    expect(sure.at(0, 3)).toBe(1); // the second cat is missed
  });

  test('of two objects in one place, each detection takes that of its category', () => {
    const both = truthFrom({
      ...truth,
      annotations: [1, 2].map((id) => ({ id, image_id: 1, category_id: id, bbox: [0, 0, 50, 50] as const })),
    });
    const matrix = confusionMatrix(both, detectionsFrom([find(1, 2, 0, 0.9), find(1, 1, 0, 0.8)], both));
    expect([matrix.at(0, 0), matrix.at(1, 1)]).toEqual([1, 1]);
  });

  test('rows sum to the truth, and no order of the input changes it', () => {
    fc.assert(
      fc.property(evaluationCase, (made) => {
        const columns = truthFrom(made.truth);
        const matrix = confusionMatrix(columns, detectionsFrom(made.detections, columns));
        const K = matrix.categoryIds.length;
        matrix.categoryIds.forEach((id, k) => {
          let sum = 0;
          for (let column = 0; column <= K; column++) sum += matrix.at(k, column);
          expect(sum).toBe(
            made.truth.annotations.filter((one) => one.category_id === id && !one.iscrowd).length,
          );
        });
        const reversed = truthFrom({ ...made.truth, annotations: [...made.truth.annotations].reverse() });
        const mirrored = confusionMatrix(reversed, detectionsFrom([...made.detections].reverse(), reversed));
        expect([...mirrored.counts]).toEqual([...matrix.counts]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('calibration', () => {
  test('by hand', () => {
    const result = calibration(evaluate(truth, detections).records, { bins: 2 });
    expect(result.detections).toBe(4); // one lies on the crowd
    expect(result.bins).toEqual([
      { from: 0, to: 0.5, detections: 1, meanScore: 0.4, precision: 0 },
      { from: 0.5, to: 1, detections: 3, meanScore: expect.closeTo(0.8, 12) as number, precision: 2 / 3 },
    ]);
    expect(result.expectedError).toBeCloseTo(0.25 * 0.4 + 0.75 * (0.8 - 2 / 3), 12);
    expect(result.maximumError).toBe(0.4);
    expect(result.brier).toBeCloseTo((0.01 + 0.64 + 0.09 + 0.16) / 4, 12);
  });

  test('nothing to say without detections; a score that is not a probability is refused', () => {
    expect(calibration(evaluate(truth, []).records)).toMatchObject({ expectedError: null, brier: null });
    const { records } = evaluate(truth, [find(1, 1, 0, 3.5)]);
    expect(() => calibration(records)).toThrow('A score of 3.5 is not a probability');
  });
});

describe('diagnostics', () => {
  test('per image', () => {
    expect(perImage(evaluate(truth, detections).records)).toEqual([
      { imageId: 1, truth: 2, truePositives: 1, falsePositives: 1, missed: 1, f1: 0.5 },
      { imageId: 2, truth: 1, truePositives: 1, falsePositives: 1, missed: 0, f1: 2 / 3 },
    ]);
  });

  test('slices by crowding hold each image once and score like the images alone', () => {
    fc.assert(
      fc.property(evaluationCase, (made) => {
        const { records } = evaluate(made.truth, made.detections);
        const slices = byCrowding(records);
        expect(slices.map(({ name }) => name)).toEqual(['0', '1', '2–4', '5–9', '10+']);
        expect(slices.reduce((sum, { images }) => sum + images, 0)).toBe(3);
        const few = new Set(perImage(records).filter((one) => one.truth >= 2 && one.truth <= 4).map((one) => one.imageId));
        const alone = evaluate(
          {
            ...made.truth,
            images: made.truth.images.filter(({ id }) => few.has(id)),
            annotations: made.truth.annotations.filter((one) => few.has(one.image_id)),
          },
          made.detections.filter((one) => few.has(one.image_id)),
        );
        expect(slices[2]!.stats).toEqual(alone.stats);
      }),
      { numRuns: 100 },
    ); // prettier-ignore
  });

  test('by supercategory: a mean over the categories that have truth', () => {
    const { accumulated, perCategory } = evaluate(truth, detections);
    expect(byCategoryGroup(truth.categories, accumulated)).toEqual({
      animal: {
        AP: (perCategory['1']!.AP! + perCategory['2']!.AP!) / 2,
        AP50: perCategory['1']!.AP50! / 2,
        AR100: perCategory['1']!.AR100! / 2,
      },
      kitchen: { AP: null, AP50: null, AR100: null },
    });
  });
});
