import { expect, test } from 'vitest';
import { truthFrom } from '../core/coco/ground-truth';
import { readAnnotationBytes } from '../core/coco/read-annotations';
import { analyse } from './analyses';
import { detectionsFrom } from './detections';
import { errorTypes } from './error-types';
import { evaluate } from './evaluate';
import { formatStats } from './format-stats';
import { describeEvaluation } from './evaluation-report';
import { COCO } from './parameters';
import { readDetectionBytes } from './read-detections';
import { subsetOf } from './subset';

const full = truthFrom({
  images: [{ id: 4, file_name: 'b.png' }, { id: 2, file_name: 'a.png' }],
  categories: [{ id: 1, name: 'cat' }, { id: 7, name: 'dog' }],
  annotations: [
    { id: 1, image_id: 4, category_id: 1, bbox: [0, 0, 50, 50] },
    { id: 2, image_id: 2, category_id: 7, bbox: [0, 0, 20, 20] },
    { id: 3, image_id: 2, category_id: 1, bbox: [60, 0, 20, 20] },
  ],
}); // prettier-ignore
const detections = detectionsFrom(
  [
    { image_id: 4, category_id: 7, bbox: [0, 0, 50, 50], score: 0.9 },
    { image_id: 2, category_id: 7, bbox: [0, 0, 20, 20], score: 0.8 },
    { image_id: 2, category_id: 1, bbox: [60, 0, 20, 14], score: 0.7 },
  ],
  full,
);

test('images by id or name, categories by name or id; what is elsewhere is counted', () => {
  const { truth, take } = subsetOf(full, { images: ['a.png'], categories: ['cat'] });
  expect(truth).toMatchObject({ count: 1, images: [{ id: 2 }], categories: [{ id: 1 }] });
  const taken = take(detections);
  expect([...taken.box]).toEqual([60, 0, 20, 14]);
  expect(taken.warnings.map(({ code, count }) => [code, count])).toEqual([
    ['DETECTIONS_ON_OTHER_IMAGES', 1],
    ['DETECTIONS_OF_OTHER_CATEGORIES', 1],
  ]);
  expect(subsetOf(full, { images: ['4', 'a.png'], categories: ['7'] }).truth.count).toBe(1);
});

test('names of images are compared as they are read: normalised, in any Unicode form', () => {
  const images = ['sub\\a.png', 'u\u0308.png', 'c.png'].map((file_name, id) => ({ id, file_name }));
  const read = readAnnotationBytes(Buffer.from(JSON.stringify({ images, annotations: [], categories: [] })));
  const { truth } = subsetOf(read, { images: ['./sub//a.png', '\u00fc.png'] });
  expect(truth.images.map(({ id, file_name }) => [id, file_name])).toEqual([
    [0, 'sub/a.png'],
    [1, 'u\u0308.png'],
  ]);
});

test('unknown images and categories are refused with the nearest one', () => {
  expect(() => subsetOf(full, { images: ['5'] })).toThrow(
    expect.objectContaining({ code: 'USAGE', message: 'The ground truth has no image "5".' }),
  );
  expect(() => subsetOf(full, { categories: ['cta'] })).toThrow(
    expect.objectContaining({ hint: 'Did you mean "cat"?', location: { path: '--categories' } }),
  );
});

test('class-agnostic, a box of another category is a hit', () => {
  const { truth, take } = subsetOf(full, { classAgnostic: true });
  const found = take(detections);
  const { stats, perCategory } = evaluate(truth, found);
  expect(stats.AP50).toBe(1);
  expect(Object.keys(perCategory)).toEqual(['-1']);
  expect(errorTypes(truth, found).counts).toMatchObject({ classification: 0 });
  expect(errorTypes(full, detections).counts).toMatchObject({ classification: 1 });
});

test('errors, curves and tables follow the first IoU threshold; cut detections are counted', () => {
  const parameters = { ...COCO, iouThresholds: [0.8], maxDetections: [1] };
  const twice = detectionsFrom(
    [0.9, 0.8].map((score) => ({ image_id: 2, category_id: 7, bbox: [0, 0, 20, 20] as const, score })),
    full,
  );
  const evaluation = evaluate(full, twice, { parameters });
  expect(evaluation.warnings).toContainEqual({
    code: 'DETECTIONS_CUT',
    message: 'Detections were cut: only the 1 best of each image and category count.',
    count: 1,
  });
  expect(evaluate(full, detections, { parameters }).stats).toEqual({
    AP: 0.25, APs: 0.5, APm: 0, APl: null, AR1: 0.5, ARs: 0.5, ARm: 0, ARl: null,
  }); // prettier-ignore
  expect(errorTypes(full, detections, 'threshold', parameters).counts).toMatchObject({ localisation: 1 });
  expect(errorTypes(full, detections).counts).toMatchObject({ localisation: 0 });
  expect(Object.keys(analyse(full, twice, evaluation, { curves: true }).curves!.mean)).toEqual(['0.80']);
  const report = describeEvaluation(full, twice, evaluation, { errors: true });
  expect(formatStats(report, { parameters })).toContain('Errors at IoU .80 (AP80');
});

test('without objects there is nothing to measure: null, also in curves', () => {
  const { truth, take } = subsetOf(full, { images: ['2'], categories: ['dog'] });
  const empty = subsetOf(truth, { images: [] });
  const evaluation = evaluate(empty.truth, empty.take(take(detections)));
  expect(Object.values(evaluation.stats)).toEqual(Array(12).fill(null));
  const { mean } = analyse(empty.truth, empty.take(take(detections)), evaluation, { curves: true }).curves!;
  expect(mean['0.50']).toEqual(Array(101).fill(null));
});

test('fields of LVIS and Open Images are pointed out, empty ones are not', () => {
  const read = (image: object, annotation: object) =>
    readAnnotationBytes(
      Buffer.from(
        JSON.stringify({
          images: [{ id: 1, ...image }],
          categories: [{ id: 1 }],
          annotations: [
            { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 9, 9], area: 81, iscrowd: 0, ...annotation },
          ],
        }),
      ),
    ).warnings.map(({ code, examples }) => [code, ...examples!]);
  expect(read({ neg_category_ids: [], not_exhaustive_category_ids: [] }, { isgroupof: 0 })).toEqual([]);
  expect(read({ neg_category_ids: [1] }, { isgroupof: 1 })).toEqual([
    ['COCO_RULES_ONLY', 'images[0].neg_category_ids', 'annotations[0].isgroupof'],
  ]);
});

test('hints for detections that are no list, or of unlisted images and categories', () => {
  const hintFor = (text: string): string | undefined => {
    try {
      readDetectionBytes(Buffer.from(text), full);
    } catch (error) {
      return (error as { hint?: string }).hint;
    }
    return undefined;
  };
  expect(hintFor('{"image_id":2}\n{"image_id":2}')).toMatch(/^Make one list of the lines/);
  expect(hintFor('{"images":[]}')).toBe('Is this an annotation file?');
  const entry = (image: number, category: number) =>
    JSON.stringify([{ image_id: image, category_id: category, bbox: [0, 0, 1, 1], score: 1 }]);
  expect(hintFor(entry(9, 1))).toContain('2 images: 2, 4.');
  expect(hintFor(entry(2, 57))).toMatch(/2 categories: 1, 7\. .*--ignore-unknown-categories$/);
});
