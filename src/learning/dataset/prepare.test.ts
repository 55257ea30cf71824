import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { formatWarning } from '../../core/coco/warning-list';
import { openDataset } from './open';
import { datasetSpec, prepareDatasets } from './prepare';
import { createSampleSource } from './sample-source';

let folder: string;
let shade = 0;

async function image(file: string, width = 16, height = 12): Promise<void> {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  shade++;
  const background = { r: shade % 256, g: (shade >> 8) % 256, b: 9 };
  await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toFile(path);
}

function annotations(file: string, names: readonly string[], changes: object = {}): void {
  writeFileSync(
    join(folder, file),
    JSON.stringify({
      images: names.map((name, i) => ({ id: i + 1, file_name: name, width: 16, height: 12 })),
      annotations: names.map((_, i) => ({ id: i + 1, image_id: i + 1, category_id: 1, bbox: [1, 2, 3, 4] })),
      categories: [{ id: 1, name: 'thing' }],
      ...changes,
    }),
  );
}

const spec = (more: object = {}, coco: object = {}) =>
  datasetSpec.parse({ coco: { train: 'train.json', val: 'val.json', images: 'images', ...coco }, ...more });

const prepare = (given = spec(), env: Record<string, string> = {}) =>
  prepareDatasets(given, join(folder, 'workspace'), { baseFolder: folder, env });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-prepare-'));
  for (const name of ['a.png', 'b.png', 'c.png']) await image(`images/${name}`);
  annotations('train.json', ['a.png', 'b.png']);
  annotations('val.json', ['c.png']);
});

describe('prepareDatasets', () => {
  it('finds data on disk by paths that start at the benchmark file, or in the environment', async () => {
    const prepared = await prepare(spec({}, { images: '${IMAGES}' }), {
      IMAGES: join(folder, 'images'),
    });
    expect(prepared.labelled).toMatchObject({
      size: 2,
      categories: [{ id: 1, name: 'thing' }],
      warnings: [],
    });
    expect(prepared.labelled.location.digest).toBe(prepared.labelled.digest);
    expect(prepared.validation.size).toBe(1);
    expect(Object.keys(prepared)).toEqual(['labelled', 'validation']);
  });

  it('has a digest that follows pixels and boxes, and neither paths nor the order in a file', async () => {
    const first = (await prepare()).labelled.digest;
    annotations('moved.json', ['a.png', 'b.png'], { info: { other: 1 } });
    expect((await prepare(spec({}, { train: 'moved.json' }))).labelled.digest).toBe(first);
    annotations('boxes.json', ['a.png', 'b.png'], { annotations: [] });
    expect((await prepare(spec({}, { train: 'boxes.json' }))).labelled.digest).not.toBe(first);
    await image('images/a.png');
    utimesSync(join(folder, 'images/a.png'), 1, 1);
    expect((await prepare()).labelled.digest).not.toBe(first);
  });

  it('lists every image that is missing, broken or of another size', async () => {
    rmSync(join(folder, 'images/a.png'));
    await image('images/b.png', 20, 20);
    await expect(prepare()).rejects.toMatchObject({
      code: 'DATASET_IMAGES',
      message: expect.stringMatching(
        /2 of 2 .*a\.png: The image does not exist.*b\.png: The image has 20 × 20/s,
      ) as string,
    });
  });

  it('finds a damaged image before training, although its file has a proper end', async () => {
    const file = join(folder, 'images/a.png');
    const noise = Buffer.from(Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * i * 31) % 256));
    const png = await sharp(noise, { raw: { width: 16, height: 12, channels: 3 } })
      .png()
      .toBuffer();
    writeFileSync(file, Buffer.concat([png.subarray(0, png.length / 2), png.subarray(-12)]));
    await expect(prepare()).rejects.toMatchObject({
      code: 'DATASET_IMAGES',
      message: expect.stringMatching(/1 of 2 .*a\.png: The image cannot be decoded/s) as string,
    });
  });

  it('names the folder that file names are relative to', async () => {
    annotations('train.json', ['images/a.png', 'images/b.png']);
    await expect(prepare()).rejects.toMatchObject({
      hint: `File names are relative to ${folder}: give that folder.`,
    });
  });

  it('leaves damaged images of an annotated pool out, of its truth as well', async () => {
    for (const name of ['pool/x.png', 'pool/y.png']) await image(name);
    annotations('pool.json', ['x.png', 'y.png']);
    writeFileSync(join(folder, 'pool/x.png'), '');
    const { unlabelled } = await prepare(spec({}, { unlabelled: { images: 'pool', annotations: 'pool.json' } }));
    expect(unlabelled).toMatchObject({
      size: 1,
      warnings: [{ code: 'IMAGE_BROKEN', count: 1, examples: ['x.png: The file is empty.'] }],
    });
    for (const location of [unlabelled!.location, unlabelled!.truth!]) {
      expect((await openDataset(location)).images.map(({ file }) => file)).toEqual(['y.png']);
    }
    rmSync(join(folder, 'pool/y.png'));
    await expect(prepare(spec({}, { unlabelled: { images: 'pool', annotations: 'pool.json' } }))).rejects.toMatchObject({
      code: 'DATASET_IMAGES',
    });
  }); // prettier-ignore

  it('warns of images that are corrupt in part, each time', async () => {
    const noise = Buffer.from(Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * i * 31) % 256));
    const jpeg = await sharp(noise, { raw: { width: 16, height: 12, channels: 3 } })
      .jpeg()
      .toBuffer();
    const cut = Buffer.concat([jpeg.subarray(0, jpeg.length - 40), jpeg.subarray(-2)]);
    writeFileSync(join(folder, 'images/a.png'), cut);
    for (let run = 0; run < 2; run++) {
      const { warnings } = (await prepare()).labelled;
      expect(warnings).toMatchObject([{ code: 'IMAGE_CORRUPT', count: 1, examples: ['a.png'] }]);
    }
  });

  it('refuses labelled images in a format that is not read, and names it', async () => {
    writeFileSync(join(folder, 'images/a.png'), 'BM..........');
    await expect(prepare()).rejects.toMatchObject({
      code: 'DATASET_IMAGES',
      message: expect.stringContaining('The format BMP is not read.') as string,
      hint: expect.stringContaining('Convert it to PNG or JPEG') as string,
    });
  });

  it('shows a file whose name differs in letter case, and finds names in the other Unicode form', async () => {
    const [composed, decomposed] = ['\u00fc.png', 'u\u0308.png'] as const;
    await image(`images/${decomposed}`);
    annotations('train.json', ['sub/../a.png', composed]);
    const { labelled } = await prepare();
    expect(labelled.size).toBe(2);
    const { images } = await openDataset(labelled.location);
    expect(images.map(({ file }) => file)).toEqual(['a.png', composed]);
    const source = createSampleSource({ ...(await openDataset(labelled.location)), images }, [1]);
    expect((await source.load(0)).image.width).toBe(16);
    annotations('train.json', ['A.PNG']);
    await expect(prepare()).rejects.toMatchObject({
      message: expect.stringContaining('The folder has "a.png".') as string,
    });
  });

  it('warns of validation images that training sees', async () => {
    annotations('train.json', ['a.png', 'c.png']);
    const { warnings } = (await prepare()).labelled;
    expect(warnings).toMatchObject([{ code: 'VALIDATION_LEAK', count: 1, examples: ['c.png'] }]);
  });

  it('warns of data without a box, with crowds alone, and of categories that are not trained', async () => {
    const box = { id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 3, 4] };
    annotations('train.json', ['a.png', 'b.png'], { annotations: [] });
    const none = await prepare();
    expect(none.labelled.warnings.map(formatWarning)).toEqual([
      `There are no boxes: training learns background alone. (2 ×, first: ${join(folder, 'train.json')}) [NO_BOXES]`,
      'Categories with objects in the validation data have none here: their AP stays near 0. (1 ×, first: thing) [CATEGORY_UNTRAINED]',
    ]);
    annotations('train.json', ['a.png', 'b.png'], { annotations: [{ ...box, iscrowd: 1 }] });
    annotations('val.json', ['c.png'], { annotations: [] });
    const crowds = await prepare();
    expect(crowds.labelled.warnings).toMatchObject([{ code: 'CROWDS_ALONE', count: 1 }]);
    expect(crowds.validation.warnings).toMatchObject([
      { code: 'NO_BOXES', message: 'There are no boxes: AP cannot be measured.' },
    ]);
    const categories = [1, 2].map((id) => ({ id, name: `kind ${id}` }));
    annotations('train.json', ['a.png', 'b.png'], { annotations: [box], categories });
    annotations('val.json', ['c.png'], { annotations: [box, { ...box, id: 2, category_id: 2 }], categories });
    const { labelled, validation } = await prepare();
    expect(labelled.warnings).toMatchObject([{ code: 'CATEGORY_UNTRAINED', count: 1, examples: ['kind 2'] }]);
    expect(validation.warnings).toEqual([]);
  });

  it('takes a plain folder as unlabelled pool', async () => {
    await image('pool/deep/x.png');
    await image('pool/y.png');
    writeFileSync(join(folder, 'pool/notes.txt'), '');
    const { unlabelled } = await prepare(spec({}, { unlabelled: { images: 'pool' } }));
    expect(unlabelled).toMatchObject({ size: 2 });
    expect(unlabelled?.truth).toBeUndefined();
  });

  it('leaves unreadable images out of a pool and of class folders, and counts them in a warning', async () => {
    for (const name of ['pool/y.png', 'classes/ape/1.png', 'classes/cat/1.png']) await image(name);
    for (const name of ['pool/a.bmp', 'pool/z.bmp', 'classes/ape/0.bmp']) {
      writeFileSync(join(folder, name), 'BM..........');
    }
    writeFileSync(join(folder, 'pool/b.jpg'), '<html>not found</html>');
    const given = spec({ classification: { folders: 'classes' } }, { unlabelled: { images: 'pool' } });
    const { unlabelled, classification } = await prepare(given);
    expect(unlabelled).toMatchObject({
      size: 1,
      warnings: [
        {
          code: 'IMAGE_FORMAT',
          count: 2,
          examples: ['a.bmp: The format BMP is not read.', expect.anything()],
        },
        { code: 'IMAGE_BROKEN', count: 1 },
      ],
    });
    expect((await openDataset(unlabelled!.location)).images).toMatchObject([{ id: 3, file: 'y.png' }]);
    expect(classification).toMatchObject({ size: 2, warnings: [{ code: 'IMAGE_FORMAT', count: 1 }] });
    const { images, categories } = await openDataset(classification!.location);
    expect(images.map(({ file, label }) => [file, label])).toEqual([
      ['ape/1.png', 0],
      ['cat/1.png', 1],
    ]);
    expect(categories).toHaveLength(2);
    rmSync(join(folder, 'classes/ape/1.png'));
    await expect(prepare(given)).rejects.toMatchObject({ code: 'DATASET_IMAGES' });
  });

  it('follows linked folders, and ends at loops', async () => {
    for (const name of ['far/1.png', 'far/2.png', 'pool/x.png', 'classes/cat/1.png']) await image(name);
    symlinkSync(join(folder, 'far'), join(folder, 'pool/more'));
    symlinkSync(join(folder, 'pool'), join(folder, 'pool/loop'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'pool/dangling.png'));
    symlinkSync(join(folder, 'far'), join(folder, 'classes/ape'));
    symlinkSync(join(folder, 'classes'), join(folder, 'classes/again'));
    // Two folders outside that lead to each other.
    symlinkSync(join(folder, 'far'), join(folder, 'far/self'));
    mkdirSync(join(folder, 'farther'));
    symlinkSync(join(folder, 'farther'), join(folder, 'far/next'));
    symlinkSync(join(folder, 'far'), join(folder, 'farther/back'));
    const { unlabelled, classification } = await prepare(
      spec({ classification: { folders: 'classes' } }, { unlabelled: { images: 'pool' } }),
    );
    expect(unlabelled?.size).toBe(3);
    expect(classification).toMatchObject({ size: 3, categories: [{ name: 'ape' }, { name: 'cat' }] });
  });

  it('keeps the boxes of an unlabelled pool apart, as truth', async () => {
    await image('pool/x.png');
    annotations('pool.json', ['x.png']);
    const { unlabelled } = await prepare(
      spec({}, { unlabelled: { images: 'pool', annotations: 'pool.json' } }),
    );
    expect(unlabelled?.truth?.annotations).toBe(join(folder, 'pool.json'));
    expect(unlabelled?.location.annotations).not.toBe(unlabelled?.truth?.annotations);
    expect(unlabelled?.truth?.digest).not.toBe(unlabelled?.digest);
  });

  it('reads classification data from folders', async () => {
    await image('classes/cat/1.png');
    await image('classes/ape/1.png');
    const { classification } = await prepare(spec({ classification: { folders: 'classes' } }));
    expect(classification?.categories.map(({ name }) => name)).toEqual(['ape', 'cat']);
    mkdirSync(join(folder, 'classes/none'));
    await expect(prepare(spec({ classification: { folders: 'classes' } }))).rejects.toMatchObject({
      code: 'FOLDERS_EMPTY_CLASS',
    });
  });

  it('reads a part of the categories, by name or id, as a file filtered by hand', async () => {
    const categories = [7, 3, 5].map((id) => ({ id, name: `kind ${id}` }));
    const boxes = [3, 5, 7, 5].map((category_id, i) => ({
      id: 10 + i,
      image_id: 1 + (i % 2),
      category_id,
      bbox: [1, 2, i === 3 ? 40 : 3, 4],
      area: i,
    }));
    const write = (name: string, keep: (id: number) => boolean) => {
      const file = { categories: categories.filter(({ id }) => keep(id)) };
      const used = boxes.filter(({ category_id }) => keep(category_id));
      annotations(`train${name}.json`, ['a.png', 'b.png'], { ...file, annotations: used });
      annotations(`val${name}.json`, ['c.png'], { ...file, annotations: [{ ...boxes[1], image_id: 1 }] });
      annotations(`pool${name}.json`, ['d.png'], { ...file, annotations: [] });
    };
    write('', () => true);
    write('2', (id) => id !== 3);
    await image('images/d.png');
    const pool = (annotations: string) => ({ unlabelled: { images: 'images', annotations } });
    const selected = await prepare(spec({}, { categories: [7, 'kind 5'], ...pool('pool.json') }));
    const byHand = await prepare(spec({}, { train: 'train2.json', val: 'val2.json', ...pool('pool2.json') }));
    for (const role of ['labelled', 'validation', 'unlabelled'] as const) {
      expect(selected[role]!.digest).toBe(byHand[role]!.digest);
      expect(selected[role]!.categories.map(({ id }) => id)).toEqual([5, 7]);
    }
    const { images } = await openDataset(selected.labelled.location);
    expect(images.map(({ objects }) => objects.length)).toEqual([1, 2]);
    expect(selected.labelled.location.source).toBe(join(folder, 'train.json'));
    // The place in the file of the user, not in the one made of it.
    expect(selected.labelled.warnings).toMatchObject([
      { code: 'COCO_BOX_CLIPPED', count: 1, examples: ['annotations[3].bbox'] },
    ]);
    await expect(prepare(spec({}, { categories: ['kind 7', 'knd 5'] }))).rejects.toMatchObject({
      code: 'DATASET_CATEGORY_UNKNOWN',
      location: { path: 'dataset.coco.categories[1]' },
      hint: 'Did you mean "kind 5"?',
    });
    await expect(prepare(spec({}, { categories: [4] }))).rejects.toMatchObject({ hint: 'Names and ids: kind 3 3, kind 5 5, kind 7 7.' });
  }); // prettier-ignore

  it('refuses categories that differ between training and validation', async () => {
    annotations('val.json', ['c.png'], { categories: [{ id: 1, name: 'thingy' }] });
    await expect(prepare()).rejects.toMatchObject({ code: 'DATASET_CATEGORIES_DIFFER' });
  });

  it.each([
    ['a mistyped file', { train: 'trian.json' }, 'PATH_MISSING', /Did you mean ".*train\.json"\?/],
    ['a mistyped folder', { images: 'image' }, 'PATH_MISSING', /Did you mean ".*images"\?/],
    ['a file in a file', { train: 'train.json/train.json' }, 'PATH_MISSING', /train\.json/],
    ['an unset variable', { images: '${NOWHERE}/x' }, 'PATH_VARIABLE', /NOWHERE=/],
  ])('says what to do about %s', async (_, coco, code, hint) => {
    await expect(prepare(spec({}, coco))).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(hint) as string,
    });
  });
});

describe('a path that the system refuses', () => {
  it.each(['x'.repeat(300), 'a\0b'])('is answered by its setting', async (images) => {
    await expect(prepare(spec({}, { images }))).rejects.toMatchObject({
      code: 'PATH_UNUSABLE',
      location: { path: 'dataset.coco.images' },
    });
  });
});

describe('datasetSpec', () => {
  it.each([
    ['no source', {}],
    ['two sources', { scenes: {}, coco: { train: 'a', val: 'b', images: 'c' } }],
    ['no images', { coco: { train: 'a', val: 'b' } }],
    ['an unknown key', { scenes: { sizes: 1 } }],
    ['bounds the wrong way round', { scenes: { objects: { min: 5, max: 2 } } }],
  ])('refuses %s', (_, given) => {
    expect(datasetSpec.safeParse(given).success).toBe(false);
  });

  it('gives scenes their defaults', () => {
    expect(datasetSpec.parse({ scenes: {} }).scenes).toMatchObject({ size: 96, classes: 6, train: 500 });
  });
});
