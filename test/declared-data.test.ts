import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TinyBenchmark } from './tiny-benchmark';

describe('a benchmark whose data are elsewhere', () => {
  let benchmark: TinyBenchmark;
  beforeEach(() => {
    const folder = '${RETHINK_TEST_NOWHERE}';
    benchmark = new TinyBenchmark({
      dataset: {
        scenes: undefined,
        coco: {
          train: `${folder}/train.json`,
          val: `${folder}/val.json`,
          images: folder,
          unlabelled: { images: `${folder}/pool` },
        },
        declared: {
          labelled: { images: 500, categories: 7 },
          validation: { images: 40, categories: 7 },
          unlabelled: { images: 900, categories: 7 },
        },
      },
    });
  });
  afterEach(() => benchmark[Symbol.dispose]());

  it('is planned and costed by the numbers that it declares, and is not run', async () => {
    const { code, stdout, stderr } = await benchmark.rethink(['plan', 'tiny.yaml', '--json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/RETHINK_TEST_NOWHERE.*planned with the numbers of images that the file declares/);
    const { stages, forecast } = JSON.parse(stdout) as {
      stages: { kind: string; parameters: { data?: { head: { categories: number } }[] } }[];
      forecast: { whole: { images: number; flops: number } };
    };
    const [teacher, ...others] = stages.filter(({ kind }) => kind === 'train');
    expect(teacher!.parameters.data![0]!.head.categories).toBe(7);
    expect(others).toHaveLength(1);
    // Teacher 3 × 2, student 3 × (2 + 2), the pool once, validation for both trials.
    expect(forecast.whole.images).toBe(6 + 12 + 900 + 2 * 40);
    expect(forecast.whole.flops).toBeGreaterThan(0);

    const run = await benchmark.rethink(['run', 'tiny.yaml']);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/RETHINK_TEST_NOWHERE/);
    expect(run.stderr).toMatch(/PATH_VARIABLE/);
  });

  it('is not planned where its data are here and broken: what is declared is no substitute', async () => {
    const { folder } = benchmark;
    mkdirSync(join(folder, 'pool'));
    for (const name of ['train.json', 'val.json']) writeFileSync(join(folder, name), '{ "images": [');
    const plan = await benchmark.rethink(['plan', 'tiny.yaml'], { env: { RETHINK_TEST_NOWHERE: folder } });
    expect(plan.code).toBe(2);
    expect(plan.stderr).toMatch(/DATASET_EMPTY/);
  });
});
