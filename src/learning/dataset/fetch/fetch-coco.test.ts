import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { openDataset } from '../open';
import { readCocoSubset, subsetFolder } from './coco-subset';
import { fetchCoco, type FetchCocoOptions } from './fetch-coco';
import { LoopbackStore } from './loopback-store.test-helper';

let folder: string;
let store: LoopbackStore;
const subset = {
  name: 'test',
  description: 'two sets, two splits',
  splits: { train: { train2017: [1, 2, 3], val2017: [7] }, val: { val2017: [8] } },
};

/** What COCO's annotation files look like, with an image that the subset does not want. */
function annotationsOf(ids: readonly number[]): string {
  return JSON.stringify({
    info: {},
    licenses: [{ id: 4, name: 'Attribution "License"', url: 'http://licence' }],
    images: [...ids, 99].map((id) => ({
      license: 4,
      file_name: `${id}.png`,
      width: 10 + id,
      height: 8,
      id,
      flickr_url: `http://flickr/${id}`,
    })),
    annotations: [...ids, 99].map((id) => ({
      segmentation: [[1, 1, 5, 1, 5, 5]],
      area: 8,
      iscrowd: 0,
      image_id: id,
      bbox: [1, 1, 4, 4],
      category_id: 18,
      id: 100 + id,
    })),
    categories: [{ supercategory: 'animal', id: 18, name: 'dog' }],
  });
}

async function zipped(origin: string, names: readonly string[]): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const name of names) zip.addFile(join(origin, name), name);
  zip.end();
  return buffer(zip.outputStream);
}

const imageBytes = (id: number) =>
  sharp({ create: { width: 10 + id, height: 8, channels: 3, background: { r: id, g: 0, b: 0 } } })
    .png()
    .toBuffer();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coco-'));
  const origin = join(folder, 'origin');
  mkdirSync(join(origin, 'annotations'), { recursive: true });
  writeFileSync(join(origin, 'annotations', 'instances_train2017.json'), annotationsOf([1, 2, 3]));
  writeFileSync(join(origin, 'annotations', 'instances_val2017.json'), annotationsOf([7, 8]));
  const files: Record<string, Buffer> = {};
  for (const [set, ids] of [
    ['train2017', [1, 2, 3]],
    ['val2017', [7, 8]],
  ] as const) {
    mkdirSync(join(origin, set));
    for (const id of ids) {
      files[`${set}/${id}.png`] = await imageBytes(id);
      writeFileSync(join(origin, set, `${id}.png`), files[`${set}/${id}.png`]!);
    }
  }
  files['annotations/annotations_trainval2017.zip'] = await zipped(origin, [
    'annotations/instances_train2017.json',
    'annotations/instances_val2017.json',
  ]);
  store = await LoopbackStore.start(files);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const run = (changes: Partial<FetchCocoOptions> = {}) =>
  fetchCoco({ subset, to: join(folder, 'to'), baseUrl: store.url, jobs: 2, retryDelayMs: 1, ...changes });
const imagesAsked = () => store.requests.filter(({ path }) => path.endsWith('.png')).map(({ path }) => path);

describe('fetchCoco', () => {
  it('brings a data set that opens, with licences and sums beside it', async () => {
    const result = await run();
    expect(result).toMatchObject({
      splits: { train: { images: 4, boxes: 4 }, val: { images: 1, boxes: 1 } },
      fetched: 5,
      present: 0,
    });
    expect(store.most).toBeLessThanOrEqual(2);
    const dataset = await openDataset({
      type: 'coco',
      annotations: result.splits['train']!.annotations,
      images: join(folder, 'to', 'images'),
      digest: '',
    });
    expect(dataset.images.map(({ file }) => file)).toEqual([
      'train2017/1.png',
      'train2017/2.png',
      'train2017/3.png',
      'val2017/7.png',
    ]);
    expect(dataset.categories).toEqual([{ id: 18, name: 'dog' }]);
    const sums = readFileSync(join(folder, 'to', 'SHA256SUMS'), 'utf8')
      .trim()
      .split('\n');
    expect(sums).toHaveLength(5);
    for (const [sum, name] of sums.map((line) => line.split('  '))) {
      const content = readFileSync(join(folder, 'to', name!));
      expect(createHash('sha256').update(content).digest('hex')).toBe(sum);
    }
    expect(readFileSync(join(folder, 'to', 'LICENCES.md'), 'utf8')).toContain(
      '5 × [Attribution "License"](http://licence)',
    );
    expect(readFileSync(join(folder, 'to', 'licences.csv'), 'utf8')).toContain(
      'images/val2017/7.png,"Attribution ""License""",http://licence,http://flickr/7',
    );
    expect(existsSync(join(folder, 'to', '.downloads'))).toBe(false);
  });

  it('brings only what is missing or was altered, without the annotations again', async () => {
    await run();
    rmSync(join(folder, 'to/images/train2017/2.png'));
    writeFileSync(join(folder, 'to/images/val2017/8.png'), 'altered');
    store.requests.length = 0;
    expect(await run()).toMatchObject({ fetched: 2, present: 3 });
    expect(store.requests.map(({ path }) => path).sort()).toEqual(['train2017/2.png', 'val2017/8.png']);
  });

  it('brings all others when some cannot be had, and these in the next run', async () => {
    store.faults.push({ type: 'status', status: 403, path: 'train2017/2.png' });
    await expect(run()).rejects.toMatchObject({
      code: 'FETCH_INCOMPLETE',
      message: expect.stringMatching(/^1 of 5 .*train2017\/2\.png.*403/) as string,
    });
    store.requests.length = 0;
    expect(await run()).toMatchObject({ fetched: 1, present: 4 });
    expect(imagesAsked()).toEqual(['train2017/2.png']);
  });

  it('gets over pages, cut lines and images of another size', async () => {
    store.withEtag = false;
    store.faults.push(
      { type: 'page', path: 'train2017/1.png' },
      { type: 'cut', after: 40, path: 'train2017/3.png' },
      { type: 'cut', after: 200, path: 'annotations/annotations_trainval2017.zip' },
    );
    expect(await run()).toMatchObject({ fetched: 5 });
    store.files['val2017/8.png'] = await imageBytes(20);
    rmSync(join(folder, 'to/images/val2017/8.png'));
    await expect(run()).rejects.toMatchObject({
      code: 'FETCH_INCOMPLETE',
      message: expect.stringContaining('30 × 8') as string,
    });
    expect(existsSync(join(folder, 'to/images/val2017/8.png'))).toBe(false);
  });

  it('stops when asked to and goes on from there', async () => {
    const stop = new AbortController();
    const stopped = run({
      jobs: 1,
      signal: stop.signal,
      progress: (what, done) => what === 'images' && done === 2 && stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await run()).toMatchObject({ fetched: 3, present: 2 });
  });

  it('takes a copy on disk instead', async () => {
    expect(await run({ from: join(folder, 'origin') })).toMatchObject({ fetched: 5 });
    expect(store.requests).toEqual([]);
    await expect(run({ from: join(folder, 'nowhere'), to: join(folder, 'to2') })).rejects.toMatchObject({
      code: 'FETCH_FROM',
    });
  });

  it('says that the annotations are of something else', async () => {
    const other = { ...subset, splits: { val: { val2017: [5, 8] } } };
    await expect(run({ subset: other })).rejects.toMatchObject({
      code: 'SUBSET_IMAGES',
      message: '1 of 2 images of the subset are not listed.',
    });
  });
});

describe('a subset', () => {
  it('that ships can be read', () => {
    const { splits } = readCocoSubset('mini');
    const size = (split: string) => Object.values(splits[split]!).flat().length;
    expect([size('train'), size('unlabelled'), size('val')]).toEqual([1805, 800, 606]);
    expect(existsSync(subsetFolder)).toBe(true);
  });

  it('has every image in one split only', () => {
    const file = join(folder, 'twice.json');
    writeFileSync(
      file,
      JSON.stringify({ ...subset, splits: { a: { val2017: [1, 2] }, b: { val2017: [2] } } }),
    );
    expect(() => readCocoSubset(file)).toThrow('Image 2 is in both a and b.');
    expect(() => readCocoSubset('mimi')).toThrow('There is no subset "mimi".');
  });
});
