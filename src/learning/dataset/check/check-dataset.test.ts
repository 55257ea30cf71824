import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, RethinkError } from '../../../contract';
import { fromBytes } from '../../../core/json/byte-source';
import { checkDataset, checkIndex } from './check-dataset';
import { FINDINGS, FindingList } from './finding';
import { formatCheck } from './format-check';
import { readRawSource } from './read-raw';
import { packageFolder } from '../../../core/files/package-folder';

interface Coco {
  images: Record<string, unknown>[];
  annotations: Record<string, unknown>[];
  categories: Record<string, unknown>[];
}

/** A sound file: two images, two categories, ten objects each. */
function sound(): Coco {
  return {
    images: [1, 2].map((id) => ({ id, file_name: `${id}.png`, width: 100, height: 80 })),
    categories: [1, 2].map((id) => ({ id, name: `kind ${id}` })),
    annotations: Array.from({ length: 20 }, (_, index) => ({
      id: index + 1,
      image_id: 1 + (index % 2),
      category_id: 1 + (index % 2),
      bbox: [index, 2 * index, 10, 20],
      area: 200,
      iscrowd: 0,
    })),
  };
}

function findingsOf(text: string) {
  const findings = new FindingList();
  checkIndex(readRawSource(fromBytes(Buffer.from(text), 'x.json'), 'x.json', findings), findings);
  return findings.list();
}

/** Code, count and first example of each finding. */
const brief = (text: string) =>
  findingsOf(text).map(({ code, count, examples: [first] }) => [code, count, first!.location, first!.detail]);

describe('checkIndex', () => {
  it('has nothing to say about a sound file', () => {
    expect(brief(JSON.stringify(sound()))).toEqual([]);
  });

  const cases: [string, (coco: Coco) => void, unknown[][]][] = [
    ['text for an id', (c) => (c.annotations[3]!.id = '4'), [['ID_NOT_INTEGER', 1, 'annotations[3].id', '"4"']]],
    ['an id that no double holds', (c) => (c.annotations[3]!.id = 2 ** 53), [['ID_NOT_INTEGER', 1, 'annotations[3].id', '9007199254740992']]],
    ['a fraction for an id', (c) => (c.annotations[3]!.image_id = 1.5), [['ID_NOT_INTEGER', 1, 'annotations[3].image_id', '1.5']]],
    ['an annotation id twice', (c) => (c.annotations[7]!.id = 1), [['ANNOTATION_ID_DUPLICATE', 1, 'annotations[7].id', '1, as annotations[0]']]],
    ['an image id twice', (c) => c.images.push({ ...c.images[0], file_name: '3.png' }), [['IMAGE_ID_DUPLICATE', 1, 'images[2].id', '1, as images[0]']]],
    ['a category id twice', (c) => c.categories.push({ id: 2, name: 'x' }), [['CATEGORY_ID_DUPLICATE', 1, 'categories[2].id', '2, as categories[1]']]],
    ['an unknown image', (c) => (c.annotations[5]!.image_id = 9), [['IMAGE_UNKNOWN', 1, 'annotations[5].image_id', 'image 9']]],
    ['an unknown category', (c) => c.annotations.push({ ...c.annotations[0], id: 99, category_id: 9 }), [['CATEGORY_UNKNOWN', 1, 'annotations[20].category_id', 'category 9']]],
    ['a negative size', (c) => (c.annotations[0]!.bbox = [9, 9, -4, 2]), [['BOX_NEGATIVE', 1, 'annotations[0].bbox', '[9, 9, -4, 2]']]],
    ['a box without extent', (c) => Object.assign(c.annotations[0]!, { bbox: [9, 9, 0, 2], area: 0 }), [['BOX_EMPTY', 1, 'annotations[0].bbox', '[9, 9, 0, 2]']]],
    ['a box outside', (c) => (c.annotations[0]!.bbox = [100, 9, 10, 20]), [['BOX_OUTSIDE', 1, 'annotations[0].bbox', '[100, 9, 10, 20] in 100 × 80']]],
    ['a box that reaches out', (c) => (c.annotations[0]!.bbox = [95, 9, 10, 20]), [['BOX_REACHES_OUT', 1, 'annotations[0].bbox', '[95, 9, 10, 20] in 100 × 80']]],
    ['a box that sticks out by rounding', (c) => (c.annotations[0]!.bbox = [90.5, 9, 10, 20]), []],
    ['a copied box', (c) => c.annotations.push({ ...c.annotations[4], id: 99 }), [['BOX_DUPLICATE', 1, 'annotations[20]', 'as annotations[4]']]],
    ['three numbers for a box', (c) => (c.annotations[0]!.bbox = [1, 2, 3]), [['ENTRY_MALFORMED', 1, 'annotations[0].bbox', '3 numbers instead of 4'], ['BOX_NOT_FINITE', 1, 'annotations[0].bbox', '[NaN, NaN, NaN, NaN]']]],
    ['an annotation without box', (c) => c.annotations.push({ id: 99, image_id: 1, category_id: 1 }), [['ENTRY_MALFORMED', 1, 'annotations[20]', 'no bbox']]],
    ['a number for an image', (c) => c.images.push(7 as never), [['ENTRY_MALFORMED', 1, 'images[2]', 'a number instead of an object']]],
    ['an area larger than the box', (c) => (c.annotations[0]!.area = 250), [['AREA_DISAGREES', 1, 'annotations[0].area', '250, but the box has 200']]],
    ['a segment that fills half of its box', (c) => Object.assign(c.annotations[0]!, { area: 100, segmentation: [[0, 0, 1, 0, 1, 1]] }), []],
    ['half an area without a segment', (c) => (c.annotations[0]!.area = 100), [['AREA_DISAGREES', 1, 'annotations[0].area', '100, but the box has 200']]],
    ['a negative area', (c) => (c.annotations[0]!.area = -1), [['AREA_INVALID', 1, 'annotations[0].area', '-1']]],
    ['no area', (c) => delete c.annotations[0]!.area, [['AREA_MISSING', 1, 'annotations[0]', undefined]]],
    ['a crowd', (c) => c.annotations.push({ ...c.annotations[0], id: 99, bbox: [0, 0, 50, 50], area: 9, iscrowd: 1 }), [['CROWD', 1, 'annotations[20]', undefined]]],
    ['crowds alone', (c) => c.annotations.forEach((each) => (each.iscrowd = 1)), [['CATEGORY_WITHOUT_OBJECTS', 2, 'categories[0]', 'kind 1'], ['NO_OBJECTS', 1, 'annotations', undefined], ['CROWD', 20, 'annotations[0]', undefined]]],
    ['boxes that touch the border from outside', (c) => { c.annotations[0]!.bbox = [-10, 0, 10, 20]; c.annotations[1]!.bbox = [1, -20, 10, 20]; c.annotations[2]!.bbox = [1, 80, 10, 20]; }, [['BOX_OUTSIDE', 3, 'annotations[0].bbox', '[-10, 0, 10, 20] in 100 × 80']]],
    ['a crowd flag of 2', (c) => (c.annotations[0]!.iscrowd = 2), [['CROWD_INVALID', 1, 'annotations[0].iscrowd', undefined]]],
    ['a path that climbs out', (c) => (c.images[0]!.file_name = '../../etc/passwd'), [['FILE_NAME_OUTSIDE', 1, 'images[0].file_name', '"../../etc/passwd"']]],
    ['an absolute path', (c) => (c.images[0]!.file_name = 'C:\\a.png'), [['FILE_NAME_OUTSIDE', 1, 'images[0].file_name', '"C:\\\\a.png"']]],
    ['one file twice', (c) => (c.images[1]!.file_name = '1.png'), [['FILE_NAME_DUPLICATE', 1, 'images[1].file_name', '"1.png", as images[0]']]],
    ['no file name', (c) => delete c.images[1]!.file_name, [['FILE_NAME_MISSING', 1, 'images[1]', undefined]]],
    ['a size of zero', (c) => (c.images[1]!.height = 0), [['IMAGE_SIZE_INVALID', 1, 'images[1]', '100 × 0']]],
    ['an image without objects', (c) => c.images.push({ id: 3, file_name: '3.png', width: 9, height: 9 }), [['IMAGE_WITHOUT_TRUTH', 1, 'images[2]', '3.png']]],
    ['a category without objects', (c) => c.categories.push({ id: 3, name: 'none' }), [['CATEGORY_WITHOUT_OBJECTS', 1, 'categories[2]', 'none']]],
    ['a rare category', (c) => c.annotations.splice(1, 1), [['CATEGORY_RARE', 1, 'categories[1]', 'kind 2: 9']]],
    ['names that come twice', (c) => (c.categories[1]!.name = 'kind 1'), [['CATEGORY_NAME_DUPLICATE', 1, 'categories[1].name', '"kind 1", as categories[0]']]],
    ['no name', (c) => delete c.categories[1]!.name, [['CATEGORY_NAME_MISSING', 1, 'categories[1]', undefined]]],
    ['no images', (c) => { c.images = []; c.annotations = []; }, [['NO_IMAGES', 1, 'images', undefined], ['NO_ANNOTATIONS', 1, 'annotations', undefined]]],
    ['no categories', (c) => { c.categories = []; c.annotations.length = 1; }, [['NO_CATEGORIES', 1, 'categories', undefined], ['CATEGORY_UNKNOWN', 1, 'annotations[0].category_id', 'category 1'], ['IMAGE_WITHOUT_TRUTH', 1, 'images[1]', '2.png']]],
    ['a missing list', (c) => delete (c as Partial<Coco>).annotations, [['NO_ANNOTATIONS', 1, 'annotations', undefined]]],
  ]; // prettier-ignore
  it.each(cases)('names %s', (_, change, expected) => {
    const coco = sound();
    change(coco);
    expect(brief(JSON.stringify(coco))).toEqual(expected);
  });

  it('counts all and shows the first few', () => {
    const coco = sound();
    for (const annotation of coco.annotations) annotation.area = -1;
    const [finding] = findingsOf(JSON.stringify(coco));
    expect(finding).toMatchObject({ code: 'AREA_INVALID', severity: 'error', count: 20 });
    expect(finding!.examples).toHaveLength(5);
  });

  it('weighs the most frequent category against the rarest', () => {
    const coco = sound();
    for (let n = 0; n < 1000; n++) coco.annotations.push({ id: 100 + n, image_id: 1, category_id: 1, bbox: [0, 0, 9, 3 + n / 100], area: 9 * (3 + n / 100) }); // prettier-ignore
    expect(brief(JSON.stringify(coco))).toEqual([
      ['CLASS_IMBALANCE', 1, 'categories', 'kind 1 1010 (99 % of all), kind 2 10'],
    ]);
  });

  it('reads NaN, infinity and numbers too large as what they are', () => {
    const text = JSON.stringify(sound())
      .replace('[0,0,10,20]', '[NaN,0,10,20]')
      .replace('[1,2,10,20]', '[1,2,1e400,20]')
      .replace('"id":3', '"id":-Infinity');
    expect(brief(text)).toEqual([
      ['BOX_NOT_FINITE', 2, 'annotations[0].bbox', '[NaN, 0, 10, 20]'],
      ['ID_NOT_INTEGER', 1, 'annotations[2].id', '-Infinity'],
    ]);
  });

  it('names keys that come twice, and is not taken in by names of prototypes', () => {
    const text = JSON.stringify(sound()).replace(
      '"id":2,',
      '"id":2,"id":1,"__proto__":{"id":7},"constructor":1,',
    );
    expect(brief(text)).toEqual([['KEY_DUPLICATE', 1, 'images[1].id', undefined]]);
  });

  it('ends with findings or a RethinkError with its place, whatever stands anywhere', () => {
    const text = JSON.stringify(sound());
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(12), fc.oneof(fc.json(), fc.string(), fc.constantFrom('NaN', '}', '[', '-', '1e999')), (at, cut, put) => {
        try {
          findingsOf(text.slice(0, at) + put + text.slice(at + cut));
        } catch (error) {
          expect(error).toBeInstanceOf(RethinkError);
          expect((error as RethinkError).location).toMatchObject({ file: 'x.json' });
        }
      }),
      { numRuns: 2000 },
    ); // prettier-ignore
  });
});

describe('checkDataset', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  const write = (name: string, coco: unknown) => {
    writeFileSync(path(name), JSON.stringify(coco));
    return path(name);
  };
  /** An image of blurred patches. */
  const paint = (name: string, seed: number, width = 100, height = 80) => {
    const random = createRandom(seed);
    const patches = Uint8Array.from({ length: 3 * 10 * 8 }, () => 255 * random.uniform());
    return sharp(patches, { raw: { width: 10, height: 8, channels: 3 } })
      .resize(width, height)
      .png()
      .toFile(path(name));
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rethink-check-'));
    for (const sub of ['train', 'val', 'bad']) mkdirSync(path(sub));
    await paint('train/1.png', 1);
    await paint('train/2.png', 2);
    await paint('train/more.png', 3);
    await paint('val/7.png', 4);
    copyFileSync(path('train/2.png'), path('val/8.png'));
    await sharp(path('train/1.png')).jpeg({ quality: 60 }).toFile(path('val/9.jpg'));
    const whole = await readFile(path('train/1.png'));
    writeFileSync(path('bad/1.png'), whole.subarray(0, whole.length / 2));
    await paint('bad/2.png', 2, 50, 40);
    copyFileSync(path('train/more.png'), path('bad/3.png'));
    copyFileSync(path('train/more.png'), path('bad/4.png'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('opens the images', async () => {
    const coco = sound();
    for (const id of [3, 4, 5]) coco.images.push({ id, file_name: `${id}.png`, width: 100, height: 80 });
    writeFileSync(path('bad/stray.png'), 'no image');
    const { findings, counts } = await checkDataset({
      annotations: write('bad.json', coco),
      images: path('bad'),
    });
    expect(counts.openedImages).toBe(3);
    expect(
      Object.fromEntries(
        findings.map(({ code, count, examples: [first] }) => [code, [count, first!.location]]),
      ),
    ).toEqual({
      IMAGE_BROKEN: [1, 'images[0].file_name'],
      IMAGE_SIZE_DIFFERS: [1, 'images[1].file_name'],
      IMAGE_MISSING: [1, 'images[4].file_name'],
      IMAGE_DUPLICATE: [1, '4.png'],
      IMAGE_WITHOUT_TRUTH: [3, 'images[2]'],
      FILE_WITHOUT_ENTRY: [1, 'stray.png'],
    });
  });

  it('names formats that are not read, orientations and names in another Unicode form', async () => {
    mkdirSync(path('odd'));
    writeFileSync(path('odd/map.bmp'), 'BM..........');
    await paint('odd/u\u0308.png', 5);
    await paint('odd/B.PNG', 6);
    for (const orientation of [1, 3, 6]) {
      await sharp(path('odd/B.PNG')).withMetadata({ orientation }).jpeg().toFile(path(`odd/${orientation}.jpg`));
    }
    const files = ['map.bmp', '\u00fc.png', 'b.png', '1.jpg', '3.jpg', '6.jpg', 's3://bucket/a.png'];
    const coco = sound();
    coco.images = files.map((file_name, at) => ({ id: at + 1, file_name, width: 100, height: 80 }));
    const { findings, counts } = await checkDataset({ annotations: write('odd.json', coco), images: path('odd') });
    expect(counts.openedImages).toBe(4);
    const found = Object.fromEntries(findings.map(({ code, examples }) => [code, examples.map(({ detail }) => detail)]));
    expect(found).toMatchObject({
      IMAGE_FORMAT: ['map.bmp: The format BMP is not read.'],
      IMAGE_MISSING: ['b.png; the folder has "B.PNG"'],
      IMAGE_TURNED: ['3.jpg: orientation 3', '6.jpg: orientation 6'],
      FILE_NAME_OUTSIDE: ['"s3://bucket/a.png"'],
    });
    expect(findings.find(({ code }) => code === 'FILE_WITHOUT_ENTRY')?.examples).toEqual([{ location: 'B.PNG' }]);
  }); // prettier-ignore

  const valOf = (): Coco => ({
    ...sound(),
    images: ['7.png', '8.png', '9.jpg'].map((file_name, at) => ({
      id: at + 1,
      file_name,
      width: 100,
      height: 80,
    })),
  });

  it('finds images of another split by content and by look, whatever their name and id', async () => {
    const { findings, severities } = await checkDataset({
      annotations: write('train.json', sound()),
      images: path('train'),
      against: [{ annotations: write('val.json', valOf()), images: path('val') }],
      nearDuplicates: true,
    });
    const found = Object.fromEntries(findings.map(({ code, examples }) => [code, examples]));
    expect(found).toEqual({
      SPLIT_SAME_IMAGE: [{ location: '2.png', detail: `8.png of ${path('val.json')}` }],
      SPLIT_NEARLY_SAME_IMAGE: [{ location: '1.png', detail: `9.jpg of ${path('val.json')}` }],
      FILE_WITHOUT_ENTRY: [{ location: 'more.png', detail: undefined }],
    });
    expect(severities).toEqual({ error: 1, warning: 1, note: 1 });
  });

  it('compares file names and categories without images', async () => {
    const other = {
      ...sound(),
      categories: [
        { id: 1, name: 'kind 1' },
        { id: 3, name: 'kind 2' },
      ],
    };
    other.images[1]!.file_name = 'another.png';
    const { findings } = await checkDataset({
      annotations: write('train.json', sound()),
      against: [{ annotations: write('other.json', other) }],
    });
    expect(findings.map(({ code, count }) => [code, count])).toEqual([
      ['SPLIT_CATEGORIES_DIFFER', 2],
      ['SPLIT_SAME_FILE_NAME', 1],
    ]);
  });

  it('names categories that another split has objects of, and this one has not', async () => {
    const coco = sound();
    coco.annotations = coco.annotations.filter((each) => each.category_id === 1);
    const { findings } = await checkDataset({
      annotations: write('train.json', coco),
      against: [{ annotations: write('other.json', sound()) }],
    });
    const { count, examples } = findings.find(({ code }) => code === 'SPLIT_CATEGORY_UNTRAINED')!;
    expect([count, examples[0]!.detail]).toEqual([1, `kind 2: 10 in ${path('other.json')}`]);
  });

  it('prints what it found and what to do', async () => {
    const coco = sound();
    coco.annotations[0]!.area = -1;
    const check = await checkDataset({ annotations: write('train.json', coco) });
    expect(formatCheck({ ...check, file: 'train.json' })).toMatchInlineSnapshot(`
      "train.json
      2 images, 20 annotations, 2 categories; no image opened (--images DIR)

      error   AREA_INVALID (1): negative areas
                 annotations[0].area  -1
              → Write the area of the segment, or of the box, in square pixels.

      1 error, no warnings, no notes"
    `);
  });

  it('refuses a file that it cannot read, with the place', async () => {
    writeFileSync(path('cut.json'), '{"images": [\n{"id": 1, "file');
    await expect(checkDataset({ annotations: path('cut.json') })).rejects.toMatchObject({
      code: 'JSON_TRUNCATED',
      location: { line: 2, path: 'images[0]' },
    });
    await expect(checkDataset({ annotations: folder })).rejects.toMatchObject({ code: 'FILE_NOT_A_FILE' });
  });
});

it('documents every code', async () => {
  const page = await readFile(join(packageFolder, 'docs/data-check.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `([A-Z_]+)` +\| (\w+)/gm)].map(([, code, severity]) => [
    code,
    severity,
  ]);
  expect(documented.sort()).toEqual(Object.entries(FINDINGS).map(([code, [severity]]) => [code, severity]).sort()); // prettier-ignore
});
