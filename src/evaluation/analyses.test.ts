import { describe, expect, test } from 'vitest';
import { analyse } from './analyses';
import { detectionsFrom } from './detections';
import { errorTypes } from './error-types';
import { evaluate } from './evaluate';
import { formatAnalyses } from './format-analyses';
import { truthFrom } from '../core/coco/ground-truth';
import { type CocoDetection, type CocoTruth } from './types';

const coco: CocoTruth = {
  images: [{ id: 1, file_name: 'one.jpg' }, { id: 2 }],
  categories: [
    { id: 5, name: 'cat', supercategory: 'animal' },
    { id: 6, name: 'dog', supercategory: 'animal' },
    { id: 9, name: 'unicorn', supercategory: 'animal' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 5, bbox: [0, 0, 20, 20] },
    { id: 2, image_id: 1, category_id: 6, bbox: [100, 0, 50, 50] },
  ],
};
const found: CocoDetection[] = [
  { image_id: 1, category_id: 5, bbox: [0, 0, 20, 20], score: 0.9 },
  { image_id: 1, category_id: 5, bbox: [100, 0, 50, 50], score: 0.8 },
  { image_id: 2, category_id: 9, bbox: [0, 0, 9, 9], score: 0.4 },
  { image_id: 2, category_id: 9, bbox: [0, 0, 9, 9], score: 0.2 },
];
const truth = truthFrom(coco);
const detections = detectionsFrom(found, truth);
const evaluation = evaluate(truth, detections);
const names = { 5: 'cat', 6: 'dog', 9: 'unicorn' };

describe('analyse', () => {
  test('makes what is asked for, and nothing else', () => {
    expect(analyse(truth, detections, evaluation, {})).toEqual({});
  });

  test('confusions are pairs of ids that occur; null is the background', () => {
    const { confusion } = analyse(truth, detections, evaluation, { confusion: true });
    expect(confusion).toMatchObject({ scoreThreshold: 0.3, iouThreshold: 0.5 });
    expect(confusion!.cells).toEqual([
      { truth: 5, detection: 5, count: 1 },
      { truth: 6, detection: 5, count: 1 },
      { truth: null, detection: 9, count: 1 },
    ]);
  });

  test('curves are those whose mean is AP50, of categories that have truth', () => {
    const { curves } = analyse(truth, detections, evaluation, { curves: true });
    expect(curves!.recall).toHaveLength(101);
    expect(Object.keys(curves!.perCategory)).toEqual(['5', '6']);
    const mean = curves!.mean['0.50']!.reduce<number>((sum, value) => sum + value! / 101, 0);
    expect(mean).toBeCloseTo(evaluation.stats.AP50!, 12);
    expect(curves!.perCategory[6]!['0.50']!.score).toEqual(Array(101).fill(null));
  });

  test('slices', () => {
    const { slices } = analyse(truth, detections, evaluation, { slices: true });
    expect(slices!.size.map(({ name, objects, AP }) => [name, objects, AP])).toEqual([
      ['all', 2, 0.5],
      ['small', 1, 1],
      ['medium', 1, 0],
      ['large', 0, null],
    ]);
    expect(slices!.crowding.map(({ name, images }) => [name, images])).toEqual([
      ['0', 1], ['1', 0], ['2–4', 1], ['5–9', 0], ['10+', 0],
    ]); // prettier-ignore
    expect(slices!.categoryGroups).toMatchObject({ animal: { AP: 0.5 } });
  });

  test('images by the score threshold that is asked for', () => {
    const counts = (scoreThreshold?: number) =>
      analyse(truth, detections, evaluation, { perImage: true, scoreThreshold }).perImage!.map(
        ({ imageId, fileName, truePositives, falsePositives, missed }) =>
          [imageId, fileName, truePositives, falsePositives, missed],
      ); // prettier-ignore
    expect(counts()).toEqual([[1, 'one.jpg', 1, 1, 1], [2, undefined, 0, 1, 0]]); // prettier-ignore
    expect(counts(0.1)[1]).toEqual([2, undefined, 0, 2, 0]);
  });

  test('calibration of all and of each category, and where a score is not a probability', () => {
    const { calibration } = analyse(truth, detections, evaluation, { calibration: true });
    expect(calibration!.all.detections).toBe(4);
    expect(calibration!.perCategory[9]!.brier).toBeCloseTo((0.4 ** 2 + 0.2 ** 2) / 2, 12);
    const odd = { ...detectionsFrom([{ ...found[0]!, score: 7 }], truth), file: 'dt.json' };
    expect(() => analyse(truth, odd, evaluate(truth, odd), { calibration: true })).toThrow(
      expect.objectContaining({
        code: 'CALIBRATION_SCORE',
        location: { file: 'dt.json', path: '[0].score' },
      }),
    );
  });

  test('as text', () => {
    const all = analyse(truth, detections, evaluation, { confusion: true });
    expect(formatAnalyses(all, names)).toMatchInlineSnapshot(`
      "Confusions at score ≥ 0.3, IoU ≥ 0.5: 1 objects found in their category

      truth      detected as  count
      dog        cat              1
      (nothing)  unicorn          1
      "
    `);
    expect(formatAnalyses({}, names)).toBe('');
  });
});

describe('categories that the truth lacks', () => {
  test('without objects: their detections are errors, and cost AP50 nothing', () => {
    const { AP50, counts, deltaAP, perCategory } = errorTypes(truth, detections);
    expect(AP50).toBe(evaluation.stats.AP50);
    expect(counts.background).toBe(2);
    expect(deltaAP.background).toBe(0);
    expect(perCategory[9]!.background).toBe(2);
    expect(evaluation.perCategory[9]!.AP).toBeNull();
  });

  test('not in the list: an error with its place, or passed over with a warning when asked to', () => {
    const strange = [...found, { ...found[0]!, category_id: 77 }];
    expect(() => detectionsFrom(strange, truth)).toThrow(
      expect.objectContaining({
        code: 'COCO_UNKNOWN_CATEGORY',
        location: { file: undefined, path: '[4].category_id' },
      }),
    );
    const passed = detectionsFrom(strange, truth, { unknownCategories: 'ignore' });
    expect(passed.count).toBe(4);
    expect(passed.warnings).toMatchObject([{ count: 1 }]);
    expect(errorTypes(truth, passed)).toEqual(errorTypes(truth, detections));
  });
});
