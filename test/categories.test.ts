import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../src/contract';
import { rethink } from './cli';
import { TinyBenchmark } from './tiny-benchmark';

const names = ['red', 'green', 'blue'] as const;
const size = 64;

/** Coloured squares on black; every third image has none of the selected colours. */
async function draw(folder: string, split: string, count: number) {
  const images: object[] = [];
  const annotations: { image_id: number; category_id: number }[] = [];
  for (let id = 1; id <= count; id++) {
    const random = createRandom(`${split}/${id}`);
    const pixels = new Uint8Array(size * size * 3);
    for (const category of id % 3 === 0 ? [1] : [0, 1, 2]) {
      const [x, y, side] = [random.integer(40), random.integer(40), 12 + random.integer(12)];
      for (let row = y; row < y + side; row++) {
        for (let column = x; column < x + side; column++) {
          pixels.set([0, 1, 2].map((c) => (c === category ? 255 : 0)), 3 * (row * size + column));
        }
      }
      const box = { bbox: [x, y, side, side], area: side * side, iscrowd: 0 };
      annotations.push({ image_id: id, category_id: 10 * (category + 1), ...box });
    }
    const file_name = `${split}-${id}.png`;
    await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).png().toFile(join(folder, 'images', file_name));
    images.push({ id, file_name, width: size, height: size });
  }
  const coco = {
    images,
    categories: names.map((name, i) => ({ id: 10 * (i + 1), name })),
    annotations: annotations.map((annotation, i) => ({ id: i + 1, ...annotation })),
  };
  writeFileSync(join(folder, `${split}.json`), JSON.stringify(coco));
  const kept = (id: number) => id !== 20;
  const byHand = {
    ...coco,
    categories: coco.categories.filter(({ id }) => kept(id)),
    annotations: coco.annotations.filter(({ category_id }) => kept(category_id)),
  };
  writeFileSync(join(folder, `${split}-by-hand.json`), JSON.stringify(byHand));
} // prettier-ignore

describe('a part of the categories', () => {
  let benchmark: TinyBenchmark;
  const data = (coco: object) => ({ dataset: { scenes: undefined, coco: { images: 'images', ...coco } } });
  const selected = data({ train: 'train.json', val: 'val.json', categories: ['red', 30] });
  const changes = { axes: { strategy: ['supervised'] }, schedule: { steps: 150, batch: 4 } };
  const command = (...args: string[]) => rethink(args, { cwd: benchmark.folder });

  beforeAll(async () => {
    benchmark = new TinyBenchmark();
    mkdirSync(join(benchmark.folder, 'images'));
    await draw(benchmark.folder, 'train', 24);
    await draw(benchmark.folder, 'val', 9);
  });
  afterAll(() => benchmark[Symbol.dispose]());

  it('trains and scores as on a file that was filtered by hand', async () => {
    const train = async (data: object, workspace: string): Promise<Map<string, string>> => {
      benchmark.write({ ...data, ...changes });
      expect(await command('run', 'tiny.yaml', '--workspace', workspace)).toMatchObject({ code: 0 });
      const folder = join(benchmark.folder, workspace);
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      const results = files.filter((file) => /(metrics\.json|detections\.json|weights\.safetensors)$/.test(file));
      return new Map(results.map((file) => [file, readFileSync(join(folder, file), 'latin1')]));
    };
    const own = await train(selected, 'first');
    const byHand = await train(data({ train: 'train-by-hand.json', val: 'val-by-hand.json' }), 'second');
    expect(own.size).toBe(3);
    expect([...own].sort()).toEqual([...byHand].sort());
    const metrics = [...own].find(([file]) => file.endsWith('metrics.json'))![1];
    const { stats, categoryNames } = JSON.parse(metrics) as { stats: { AP: number }; categoryNames: object };
    expect(stats.AP).toBeGreaterThan(0);
    expect(categoryNames).toEqual({ 10: 'red', 30: 'blue' });
  }); // prettier-ignore

  it('is what a bundle brings to another workspace', async () => {
    expect(await command('bundle', 'export', 'tiny', '--workspace', 'first')).toMatchObject({ code: 0 });
    expect(await command('bundle', 'import', 'tiny.bundle.zip', '--workspace', 'third')).toMatchObject({ code: 0 });
    benchmark.write({ ...selected, ...changes });
    const { stdout } = await command('run', 'tiny.yaml', '--json', '--workspace', 'third');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'unchanged', stages: { finished: 0 } });
  }); // prettier-ignore

  it('refuses a name that the file does not have, at its line', async () => {
    benchmark.write(data({ train: 'train.json', val: 'val.json', categories: ['red', 'bleu'] }));
    const { code, stderr } = await command('plan', 'tiny.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(/train\.json has no category "bleu"\. \[DATASET_CATEGORY_UNKNOWN\]/);
    expect(stderr).toMatch(/tiny\.yaml:\d+:\d+ › dataset\.coco\.categories/);
    expect(stderr).toContain('Did you mean "blue"?');
  });

  it('decides what declared data are planned with', async () => {
    const numbers = { images: 90, categories: 80 };
    const coco = { train: '${NOWHERE}/train.json', val: '${NOWHERE}/val.json', categories: ['red', 30] };
    const { dataset } = data(coco);
    benchmark.write({
      dataset: { ...dataset, declared: { labelled: numbers, validation: numbers } },
      axes: { strategy: ['supervised'] },
    });
    const { code, stdout } = await command('plan', 'tiny.yaml', '--json');
    expect(code).toBe(0);
    const { stages } = JSON.parse(stdout) as { stages: { parameters: { data?: [{ head: { categories: number } }] } }[] };
    expect(stages.find(({ parameters }) => parameters.data)!.parameters.data![0].head.categories).toBe(2);
  }); // prettier-ignore
});
