import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLocation, RethinkError } from '../../../contract';
import { parseCoco } from './parse-annotations';
import { readJsonFile } from './read-json';

const image = { id: 7, file_name: 'a.jpg', width: 100, height: 50 };
const category = { id: 18, name: 'dog' };
const annotation = { id: 1, image_id: 7, category_id: 18, bbox: [10, 5, 20, 30] };

function parse(changes: Record<string, unknown>) {
  const document = { images: [image], annotations: [annotation], categories: [category], ...changes };
  return parseCoco(document, 'truth.json');
}

async function problemOf(work: () => unknown): Promise<{ code: string; place: string; message: string }> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RethinkError)) throw error;
    return { code: error.code, place: formatLocation(error.location ?? {}), message: error.message };
  }
  throw new Error('nothing was thrown');
}

describe('parseCoco', () => {
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
    expect(parseCoco({ images: [image] }, 'list.json').images[0]!.objects).toEqual([]);
  });

  it('repairs boxes that do not fit, and counts what it did', () => {
    const boxes = [
      [90, 40, 20, 20],
      [99.5, 10, 1, 5],
      [200, 10, 5, 5],
      [10, 10, 0, 5],
      [10, 10, -3, 5],
    ];
    const { images, warnings } = parse({
      annotations: boxes.map((bbox, i) => ({ ...annotation, id: i, bbox })),
    });
    expect(images[0]!.objects.map(({ xMin, yMin, xMax, yMax }) => [xMin, yMin, xMax, yMax])).toEqual([
      [90, 40, 100, 50],
      [99.5, 10, 100, 15],
    ]);
    expect(warnings.map(({ code, count, places }) => [code, count, places[0]])).toEqual([
      ['COCO_BOX_CLIPPED', 1, 'annotations[0].bbox'],
      ['COCO_BOX_OUTSIDE', 1, 'annotations[2].bbox'],
      ['COCO_BOX_EMPTY', 2, 'annotations[3].bbox'],
    ]);
  });

  it.each([
    ['no list of images', { images: undefined }, 'COCO_MALFORMED', 'truth.json'],
    ['a list for an object', { images: [[]] }, 'COCO_MALFORMED', 'truth.json › images[0]'],
    ['two images of one id', { images: [image, image] }, 'COCO_DUPLICATE_ID', 'truth.json › images[1].id'],
    ['two categories of one id', { categories: [category, category] }, 'COCO_DUPLICATE_ID', 'truth.json › categories[1].id'],
    ['two annotations of one id', { annotations: [annotation, annotation] }, 'COCO_DUPLICATE_ID', 'truth.json › annotations[1].id'],
    ['an unknown image', { annotations: [{ ...annotation, image_id: 8 }] }, 'COCO_UNKNOWN_IMAGE', 'truth.json › annotations[0].image_id'],
    ['an unknown category', { annotations: [{ ...annotation, category_id: 1 }] }, 'COCO_UNKNOWN_CATEGORY', 'truth.json › annotations[0].category_id'],
    ['a short box', { annotations: [{ ...annotation, bbox: [1, 2, 3] }] }, 'COCO_MALFORMED', 'truth.json › annotations[0].bbox'],
    ['a box of nothing', { annotations: [{ ...annotation, bbox: [1, 2, null, 4] }] }, 'COCO_MALFORMED', 'truth.json › annotations[0].bbox'],
    ['an image without height', { images: [{ ...image, height: 0 }] }, 'COCO_MALFORMED', 'truth.json › images[0].height'],
    ['a name that climbs out', { images: [{ ...image, file_name: 'a/../../etc/passwd' }] }, 'DATASET_PATH_OUTSIDE', 'truth.json › images[0].file_name'],
    ['an absolute name', { images: [{ ...image, file_name: '/etc/passwd' }] }, 'DATASET_PATH_OUTSIDE', 'truth.json › images[0].file_name'],
    ['a name that climbs out by backslashes', { images: [{ ...image, file_name: '..\\secret.jpg' }] }, 'DATASET_PATH_OUTSIDE', 'truth.json › images[0].file_name'],
  ])('refuses %s', async (_, changes, code, place) => {
    expect(await problemOf(() => parse(changes))).toMatchObject({ code, place });
  }); // prettier-ignore
});

describe('readJsonFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-json-'));

  it.each([
    ['cut off in a list', '{"images": [\n  {"id": 1},\n  {"id"', 'DATASET_JSON_TRUNCATED'],
    ['cut off in a text', '{"images": [{"file_name": "a', 'DATASET_JSON_TRUNCATED'],
    ['empty', '', 'DATASET_JSON_TRUNCATED'],
    ['not JSON', '{"images": [\n}]\n\n', 'DATASET_JSON'],
    ['a page of the web', '<!doctype html>', 'DATASET_JSON'],
    ['one comma too much', '{"images": [\n1,,2]}', 'DATASET_JSON'],
  ])('says where a file is %s', async (name, text, code) => {
    const file = join(folder, 'truth.json');
    writeFileSync(file, text);
    const problem = await problemOf(() => readJsonFile(file));
    expect(problem.code, name).toBe(code);
    const [, line, column] = /truth\.json:(\d+):(\d+)$/.exec(problem.place) ?? [];
    if (code === 'DATASET_JSON')
      expect([line, column]).toEqual(
        name.startsWith('a page') ? ['1', '1'] : ['2', name.startsWith('one') ? '3' : '1'],
      );
    else expect(line).toBe(String(text.split('\n').length));
  });

  it('says that a file is missing', async () => {
    expect(await problemOf(() => readJsonFile(join(folder, 'none.json')))).toMatchObject({
      code: 'DATASET_FILE_MISSING',
    });
  });
});
