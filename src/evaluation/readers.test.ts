import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatLocation, RethinkError } from '../contract/errors';
import { detectionsFrom } from './detections';
import { readAnnotationBytes, readAnnotations } from '../core/coco/read-annotations';
import { readDetectionBytes, readDetections } from './read-detections';
import { truthFrom } from '../core/coco/ground-truth';
import { type CocoDetection, type CocoTruth } from './types';

const good: CocoTruth = {
  images: [{ id: 9, file_name: 'nine.jpg', width: 10, height: 20 }, { id: 4 }],
  annotations: [
    { id: 5, image_id: 4, category_id: 2, bbox: [1, 2, 3, 4], area: 10, iscrowd: 0 },
    { id: 3, image_id: 9, category_id: 7, bbox: [0, 0, 5.5, 1], iscrowd: 1 },
  ],
  categories: [
    { id: 7, name: 'seven' },
    { id: 2, name: 'two', supercategory: 'number' },
  ],
};
const goodDetections: CocoDetection[] = [
  { image_id: 9, category_id: 2, bbox: [1, 2, 3, 4], score: 0.5 },
  { image_id: 4, category_id: 7, bbox: [-1, 0.25, 0, 1e3], score: 0.30000000000000004 },
];

function errorOf(action: () => unknown): RethinkError {
  try {
    action();
  } catch (error) {
    if (error instanceof RethinkError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** `code file:line:column › path` without the position. */
function verdict(action: () => unknown): string {
  const error = errorOf(action);
  return `${error.code} ${formatLocation({ file: error.location?.file, path: error.location?.path })}`;
}

const truthOf = (text: string) => readAnnotationBytes(Buffer.from(text), 'gt.json');
const truth = truthFrom(good);
const detectionsOf = (text: string) => readDetectionBytes(Buffer.from(text), truth, {}, 'dt.json');

/** Replaces the value at a path. */
function changed<T>(value: T, path: string, replacement: unknown): T {
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
  if (replacement === undefined) delete parent[last];
  else parent[last] = replacement;
  return copy as T;
}

describe('readAnnotations', () => {
  test('gives the columns that truthFrom gives', () => {
    expect(truthOf(JSON.stringify(good))).toEqual({ ...truth, file: 'gt.json' });
    expect([...truth.image]).toEqual([0, 1]);
    expect([...truth.category]).toEqual([0, 1]);
    expect([...truth.area]).toEqual([10, 5.5]);
    expect(truth.warnings).toEqual([expect.objectContaining({ code: 'COCO_AREA_MISSING', count: 1 })]);
  });

  test('reads any order of keys and skips what it does not know', () => {
    const text = JSON.stringify({
      licenses: [{ id: 1, url: '…' }],
      annotations: good.annotations.map((entry) => ({
        segmentation: [[1, 2, 3, 4.5]],
        extra: { a: [null] },
        ...entry,
      })),
      info: {},
      categories: good.categories,
      images: good.images,
    });
    expect(truthOf(text).count).toBe(2);
  });

  test.each([
    ['annotations.1.bbox', [1, 2, 3], 'COCO_WRONG_TYPE gt.json › annotations[1].bbox'],
    ['annotations.1.bbox', [1, 2, 3, 4, 5], 'COCO_WRONG_TYPE gt.json › annotations[1].bbox[4]'],
    ['annotations.1.bbox', null, 'COCO_WRONG_TYPE gt.json › annotations[1].bbox'],
    ['annotations.1.bbox.2', '3', 'COCO_WRONG_TYPE gt.json › annotations[1].bbox[2]'],
    ['annotations.1.bbox.2', -3, 'COCO_NEGATIVE_SIZE gt.json › annotations[1].bbox[2]'],
    ['annotations.1.bbox.0', 1e12, 'COCO_NUMBER_RANGE gt.json › annotations[1].bbox[0]'],
    ['annotations.1.area', -1, 'COCO_NUMBER_RANGE gt.json › annotations[1].area'],
    ['annotations.1.iscrowd', 2, 'COCO_WRONG_TYPE gt.json › annotations[1].iscrowd'],
    ['annotations.1.id', 5, 'COCO_DUPLICATE_ID gt.json › annotations[1].id'],
    ['annotations.1.id', 1.5, 'COCO_INVALID_ID gt.json › annotations[1].id'],
    ['annotations.1.id', 1e300, 'COCO_INVALID_ID gt.json › annotations[1].id'],
    ['annotations.1.id', 'x', 'COCO_WRONG_TYPE gt.json › annotations[1].id'],
    ['annotations.1.image_id', 6, 'COCO_UNKNOWN_IMAGE gt.json › annotations[1].image_id'],
    ['annotations.1.category_id', 6, 'COCO_UNKNOWN_CATEGORY gt.json › annotations[1].category_id'],
    ['annotations.1.category_id', undefined, 'COCO_MISSING_FIELD gt.json › annotations[1]'],
    ['annotations.1', 7, 'COCO_WRONG_TYPE gt.json › annotations[1]'],
    ['annotations', {}, 'COCO_WRONG_TYPE gt.json › annotations'],
    ['images', undefined, 'COCO_MISSING_FIELD gt.json'],
    ['images.1.id', 9, 'COCO_DUPLICATE_ID gt.json › images[1].id'],
    ['categories.1.id', 7, 'COCO_DUPLICATE_ID gt.json › categories[1].id'],
  ])('%s = %j: %s', (path, value, expected) => {
    expect(verdict(() => truthOf(JSON.stringify(changed(good, path, value))))).toBe(expected);
  });

  test.each([
    ['images.0.width', '10', 'images[0].width'],
    ['images.0.height', 0, 'images[0].height'],
    ['images.0.file_name', {}, 'images[0].file_name'],
    ['categories.1.name', 7, 'categories[1].name'],
    ['categories.1.supercategory', [], 'categories[1].supercategory'],
    ['annotations.1.score', 'high', 'annotations[1].score'],
  ])('%s = %j is not needed to score boxes, and costs a warning', (path, value, example) => {
    const { warnings, count } = truthOf(JSON.stringify(changed(good, path, value)));
    expect(count).toBe(2);
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'COCO_FIELD_IGNORED', count: 1, examples: [example] }),
    );
  });

  test.each([
    'images.0.width', 'images.0.file_name', 'categories.1.name', 'categories.1.supercategory', 'annotations.0.iscrowd',
  ])('%s may be null or absent', (path) => {
    const { warnings: asBefore } = truth;
    expect(truthOf(JSON.stringify(changed(good, path, null))).warnings).toEqual(asBefore);
    expect(truthOf(JSON.stringify(changed(good, path, undefined))).warnings).toEqual(asBefore);
  }); // prettier-ignore

  test('annotations without an id are numbered', () => {
    const { id, warnings } = truthOf(JSON.stringify(changed(good, 'annotations.1.id', null)));
    expect([...id]).toEqual([5, 6]);
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'COCO_ID_MISSING', count: 1 }));
  });

  test('NaN in a field that nobody reads costs a warning', () => {
    const text = JSON.stringify(good).replace('"area":10', '"area":10,"attributes":{"a":[NaN,-Infinity]}');
    expect(truthOf(text).warnings).toContainEqual(
      expect.objectContaining({ code: 'COCO_FIELD_IGNORED', count: 2 }),
    );
  });

  test('not a number, in the text and in memory', () => {
    const text = JSON.stringify(good).replace('[1,2,3,4]', '[1,2,NaN,4]');
    expect(verdict(() => truthOf(text))).toBe('JSON_NOT_FINITE gt.json › annotations[0].bbox[2]');
    expect(verdict(() => truthFrom(changed(good, 'annotations.0.bbox.2', NaN), 'gt.json'))).toBe(
      'JSON_NOT_FINITE gt.json › annotations[0].bbox[2]',
    );
  });

  test('the same key twice', () => {
    const text = JSON.stringify(good).replace('"area":10', '"area":10,"area":11');
    expect(verdict(() => truthOf(text))).toBe('JSON_DUPLICATE_KEY gt.json › annotations[0].area');
  });

  test('cut anywhere', () => {
    const text = JSON.stringify(good);
    for (let at = 0; at < text.length; at++) {
      expect(errorOf(() => truthOf(text.slice(0, at))).code).toBe(at === 0 ? 'JSON_EMPTY' : 'JSON_TRUNCATED');
    }
  });

  test('a list: the wrong file', () => {
    expect(errorOf(() => truthOf(JSON.stringify(goodDetections))).hint).toBe('Is this a detections file?');
  });
});

describe('readDetections', () => {
  test('gives the columns that detectionsFrom gives, whatever the layout', () => {
    const expected = { ...detectionsFrom(goodDetections, truth), file: 'dt.json' };
    expect(detectionsOf(JSON.stringify(goodDetections))).toEqual(expected);
    expect(detectionsOf(JSON.stringify(goodDetections, null, 3))).toEqual(expected);
    expect(
      detectionsOf(JSON.stringify(goodDetections.map((one) => ({ id: 3, ...one, segmentation: [] })))),
    ).toEqual(expected);
    expect([...expected.image]).toEqual([1, 0]);
  });

  test('an empty list is no mistake', () => {
    expect(detectionsOf(' [ ] ').count).toBe(0);
  });

  test('many, across the ends of the windows, as JSON.parse reads them', () => {
    const detection = fc.record({
      image_id: fc.constantFrom(4, 9),
      category_id: fc.constantFrom(2, 7),
      bbox: fc.tuple(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 1e-3, noNaN: true }),
        fc.double({ min: 0, max: 600, noNaN: true }),
      ),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const some = fc.sample(detection, { numRuns: 500, seed: 1 });
    const many = Array.from({ length: 30_000 }, (_, index) => some[index % 500]!);
    const text = JSON.stringify(many);
    expect(text.length).toBeGreaterThan(3 << 20);
    const { box, score, image } = detectionsOf(text);
    const parsed = JSON.parse(text) as CocoDetection[];
    expect(
      Buffer.compare(
        Buffer.from(box.slice().buffer),
        Buffer.from(Float64Array.from(parsed.flatMap((one) => one.bbox)).buffer),
      ),
    ).toBe(0);
    expect(score).toEqual(Float64Array.from(parsed, (one) => one.score));
    expect(image).toEqual(Int32Array.from(parsed, (one) => (one.image_id === 4 ? 0 : 1)));
  });

  test.each([
    ['1.bbox.2', -1, 'COCO_NEGATIVE_SIZE dt.json › [1].bbox[2]'],
    ['1.bbox.2', 1e10, 'COCO_NUMBER_RANGE dt.json › [1].bbox[2]'],
    ['1.bbox.3', null, 'COCO_WRONG_TYPE dt.json › [1].bbox[3]'],
    ['1.bbox', undefined, 'COCO_MISSING_FIELD dt.json › [1]'],
    ['1.bbox', { x: 1 }, 'COCO_WRONG_TYPE dt.json › [1].bbox'],
    ['1.score', '0.5', 'COCO_WRONG_TYPE dt.json › [1].score'],
    ['1.score', true, 'COCO_WRONG_TYPE dt.json › [1].score'],
    ['1.image_id', 5, 'COCO_UNKNOWN_IMAGE dt.json › [1].image_id'],
    ['1.image_id', '5', 'COCO_WRONG_TYPE dt.json › [1].image_id'],
    ['1.image_id', 5.5, 'COCO_INVALID_ID dt.json › [1].image_id'],
    ['1.category_id', 5, 'COCO_UNKNOWN_CATEGORY dt.json › [1].category_id'],
    ['1', [], 'COCO_WRONG_TYPE dt.json › [1]'],
  ])('%s = %j: %s', (path, value, expected) => {
    expect(verdict(() => detectionsOf(JSON.stringify(changed(goodDetections, path, value))))).toBe(expected);
  });

  test.each([
    ['0.5', 'NaN', 'JSON_NOT_FINITE dt.json › [0].score'],
    ['0.5', '-Infinity', 'JSON_NOT_FINITE dt.json › [0].score'],
    ['0.5', '1e309', 'JSON_NOT_FINITE dt.json › [0].score'],
    ['0.5', '0.5,"score":0.6', 'JSON_DUPLICATE_KEY dt.json › [0].score'],
    ['"bbox":[1,2', '"bbox":[1,,2', 'JSON_SYNTAX dt.json › [0].bbox[1]'],
    ['[1,2,3,4]', '[1,2,3,4],', 'JSON_SYNTAX dt.json › [0]'],
    ['},{', '}{', 'JSON_SYNTAX dt.json › [0]'],
  ])('%s → %s: %s', (from, to, expected) => {
    expect(verdict(() => detectionsOf(JSON.stringify(goodDetections).replace(from, to)))).toBe(expected);
  });

  test('cut anywhere', () => {
    const text = JSON.stringify(goodDetections);
    for (let at = 1; at < text.length; at++) {
      expect(errorOf(() => detectionsOf(text.slice(0, at))).code).toBe('JSON_TRUNCATED');
    }
  });

  test('unknown categories may be left out', () => {
    const more = [{ image_id: 4, category_id: 99, bbox: [0, 0, 1, 1], score: 1 } as const, ...goodDetections];
    const kept = detectionsFrom(more, truth, { unknownCategories: 'ignore' });
    expect(kept).toEqual({
      ...detectionsFrom(goodDetections, truth),
      warnings: [expect.objectContaining({ code: 'COCO_UNKNOWN_CATEGORY', count: 1 })],
    });
  });
});

describe('files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rethink-evaluation-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are read', () => {
    writeFileSync(join(folder, 'gt.json'), JSON.stringify(good));
    writeFileSync(join(folder, 'dt.json'), JSON.stringify(goodDetections));
    expect(readDetections(join(folder, 'dt.json'), readAnnotations(join(folder, 'gt.json'))).count).toBe(2);
  });

  test('a missing file, a folder', () => {
    expect(verdict(() => readAnnotations(join(folder, 'no.json')))).toBe(
      `FILE_MISSING ${join(folder, 'no.json')}`,
    );
    expect(verdict(() => readAnnotations(folder))).toBe(`FILE_NOT_A_FILE ${folder}`);
  });
});

test('shows an id that a double cannot hold as it is in the file', () => {
  const text = JSON.stringify({ ...good, images: [] }).replace(
    '"images":[]',
    '"images":[{"id":7214539823411980001}]',
  );
  expect(() => readAnnotationBytes(Buffer.from(text))).toThrow(/^7214539823411980001 is not an id/);
});

test.each([
  ['{"image_id":1,"bbox":[0,0,1,1]}\n{"image_id":2}', /found a single object, as in JSON lines/, /jq -s/],
  ['{"images":[],"annotations":[]}', /found an object/, /annotation file/],
])('recognises detections that are %s', (text, message, hint) => {
  const truth = readAnnotationBytes(Buffer.from(JSON.stringify(good)));
  expect(() => readDetectionBytes(Buffer.from(text), truth)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    }) as Error,
  );
});
