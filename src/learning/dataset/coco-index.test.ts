import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLocation, RethinkError } from '../../contract';
import { readAnnotationBytes } from '../../core/coco/read-annotations';
import { fromBytes } from '../../core/json/byte-source';
import { readJson } from '../../core/json/read-json';
import { checkIndex } from './check/check-dataset';
import { FindingList } from './check/finding';
import { readRawSource } from './check/read-raw';
import { cocoIndex } from './coco-index';

const image = { id: 7, file_name: 'a.jpg', width: 100, height: 50 };
const category = { id: 18, name: 'dog' };
const annotation = { id: 1, image_id: 7, category_id: 18, bbox: [10, 5, 20, 30] };

function indexOf(document: unknown) {
  const bytes = Buffer.from(JSON.stringify(document));
  return cocoIndex(readAnnotationBytes(bytes, 'truth.json', { opensImages: true, imagesAlone: true }));
}

function parse(changes: Record<string, unknown>) {
  return indexOf({ images: [image], annotations: [annotation], categories: [category], ...changes });
}

function problemOf(work: () => unknown): { code: string; location: string; line?: number; column?: number } {
  try {
    work();
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    const { file, path, line, column } = error.location ?? {};
    return { code: error.code, location: formatLocation({ file, path }), line, column };
  }
  throw new Error('nothing was thrown');
}

describe('the index of a COCO file', () => {
  it('sorts images and categories by id and makes corners of boxes', () => {
    const { images, categories, warnings } = parse({
      images: [image, { ...image, id: 3, file_name: 'b.jpg' }],
      categories: [category, { id: 2, name: 'cat' }],
      annotations: [annotation, { ...annotation, id: 2, category_id: 2, iscrowd: 1, score: 0.5 }],
    });
    expect(categories.map(({ name }) => name)).toEqual(['cat', 'dog']);
    expect(images.map(({ id }) => id)).toEqual([3, 7]);
    expect(images[1]!.objects).toEqual([
      { xMin: 10, yMin: 5, xMax: 30, yMax: 35, category: 1 },
      { xMin: 10, yMin: 5, xMax: 30, yMax: 35, category: 0, crowd: true, score: 0.5 },
    ]);
    expect(warnings).toEqual([]);
  });

  it('lists images alone where there are no annotations', () => {
    expect(indexOf({ images: [image] }).images[0]!.objects).toEqual([]);
  });

  it('repairs boxes that do not fit, and counts what it did', () => {
    const boxes = [
      [90, 40, 20, 20],
      [99.5, 10, 1, 5],
      [200, 10, 5, 5],
      [10, 10, 0, 5],
    ];
    const { images, warnings } = parse({
      annotations: boxes.map((bbox, i) => ({ ...annotation, id: i, bbox })),
    });
    expect(images[0]!.objects.map(({ xMin, yMin, xMax, yMax }) => [xMin, yMin, xMax, yMax])).toEqual([
      [90, 40, 100, 50],
      [99.5, 10, 100, 15],
    ]);
    expect(warnings.map(({ code, count, examples }) => [code, count, examples![0]])).toEqual([
      ['COCO_BOX_CLIPPED', 1, 'annotations[0].bbox'],
      ['COCO_BOX_OUTSIDE', 1, 'annotations[2].bbox'],
      ['COCO_BOX_EMPTY', 1, 'annotations[3].bbox'],
    ]);
  });

  it.each([
    ['no list of images', { images: undefined }, 'COCO_MISSING_FIELD', 'truth.json'],
    ['a list for an object', { images: [[]] }, 'COCO_WRONG_TYPE', 'truth.json › images[0]'],
    ['two images of one id', { images: [image, image] }, 'COCO_DUPLICATE_ID', 'truth.json › images[1].id'],
    ['two categories of one id', { categories: [category, category] }, 'COCO_DUPLICATE_ID', 'truth.json › categories[1].id'],
    ['two annotations of one id', { annotations: [annotation, annotation] }, 'COCO_DUPLICATE_ID', 'truth.json › annotations[1].id'],
    ['an unknown image', { annotations: [{ ...annotation, image_id: 8 }] }, 'COCO_UNKNOWN_IMAGE', 'truth.json › annotations[0].image_id'],
    ['an unknown category', { annotations: [{ ...annotation, category_id: 1 }] }, 'COCO_UNKNOWN_CATEGORY', 'truth.json › annotations[0].category_id'],
    ['a short box', { annotations: [{ ...annotation, bbox: [1, 2, 3] }] }, 'COCO_WRONG_TYPE', 'truth.json › annotations[0].bbox'],
    ['a box of nothing', { annotations: [{ ...annotation, bbox: [1, 2, null, 4] }] }, 'COCO_WRONG_TYPE', 'truth.json › annotations[0].bbox[2]'],
    ['a box of negative size', { annotations: [{ ...annotation, bbox: [10, 10, -3, 5] }] }, 'COCO_NEGATIVE_SIZE', 'truth.json › annotations[0].bbox[2]'],
    ['an image without height', { images: [{ ...image, height: 0 }] }, 'COCO_NUMBER_RANGE', 'truth.json › images[0].height'],
    ['a name that climbs out', { images: [{ ...image, file_name: 'a/../../etc/passwd' }] }, 'DATASET_PATH_OUTSIDE', 'truth.json › images[0].file_name'],
    ['an absolute name', { images: [{ ...image, file_name: '/etc/passwd' }] }, 'DATASET_PATH_OUTSIDE', 'truth.json › images[0].file_name'],
    ['a name that climbs out by backslashes', { images: [{ ...image, file_name: '..\\secret.jpg' }] }, 'DATASET_PATH_OUTSIDE', 'truth.json › images[0].file_name'],
  ])('refuses %s', (_, changes, code, location) => {
    expect(problemOf(() => parse(changes))).toMatchObject({ code, location });

  }); // prettier-ignore
});

describe('one verdict', () => {
  const document = { images: [image], annotations: [annotation], categories: [category] };
  const mistakes: [string, unknown][] = [
    ['a short box', { annotations: [{ ...annotation, bbox: [1, 2, 3] }] }],
    ['a box of text', { annotations: [{ ...annotation, bbox: ['1', 2, 3, 4] }] }],
    ['a negative size', { annotations: [{ ...annotation, bbox: [1, 2, 3, -4] }] }],
    ['a negative area', { annotations: [{ ...annotation, area: -1 }] }],
    ['an id that is text', { annotations: [{ ...annotation, id: '1' }] }],
    ['an unknown image', { annotations: [{ ...annotation, image_id: 8 }] }],
    ['a crowd flag of 2', { annotations: [{ ...annotation, iscrowd: 2 }] }],
    ['an image without id', { images: [{ ...image, id: undefined }] }],
    ['a list of numbers', { categories: [1] }],
    ['images that are no list', { images: {} }],
  ];

  it.each(mistakes)('%s: training, evaluation and data check agree', (_, changes) => {
    const bytes = Buffer.from(JSON.stringify({ ...document, ...(changes as object) }));
    const read = (opensImages: boolean) => {
      try {
        readAnnotationBytes(bytes, 'truth.json', { opensImages });
      } catch (error) {
        const { code, message, location, hint } = error as RethinkError;
        return { code, message, location, hint };
      }
      throw new Error('nothing was thrown');
    };
    expect(read(true)).toEqual(read(false));
    const findings = new FindingList();
    checkIndex(readRawSource(fromBytes(bytes, 'truth.json'), 'truth.json', findings), findings);
    expect(findings.list().map(({ severity }) => severity)).toContain('error');
  });
});

describe('readJson', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-json-'));

  it.each([
    ['cut off in a list', '{"images": [\n  {"id": 1},\n  {"id"', 'JSON_TRUNCATED'],
    ['cut off in a text', '{"images": [{"file_name": "a', 'JSON_TRUNCATED'],
    ['empty', '', 'JSON_EMPTY'],
    ['not JSON', '{"images": [\n}]\n\n', 'JSON_SYNTAX'],
    ['a page of the web', '<!doctype html>', 'JSON_SYNTAX'],
    ['one comma too much', '{"images": [\n1,,2]}', 'JSON_SYNTAX'],
  ])('says where a file is %s', (name, text, code) => {
    const file = join(folder, 'truth.json');
    writeFileSync(file, text);
    const problem = problemOf(() => readJson(file));
    expect(problem.code, name).toBe(code);
    const { line, column } = problem;
    if (code === 'JSON_SYNTAX')
      expect([line, column]).toEqual(
        name.startsWith('a page') ? [1, 1] : [2, name.startsWith('one') ? 3 : 1],
      );
    else expect(line).toBe(text.split('\n').length);
  });

  it('says that a file is missing', () => {
    expect(problemOf(() => readJson(join(folder, 'none.json')))).toMatchObject({
      code: 'FILE_MISSING',
    });
  });
});
