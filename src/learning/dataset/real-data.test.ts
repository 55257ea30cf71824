import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSampleSource } from './sample-source';
import { openDataset } from './open';
import { datasetSpec, prepareDatasets } from './prepare';
import { packageFolder } from '../../core/files/package-folder';

const data = process.env.RETHINK_DATA ?? join(packageFolder, '../shared/data');
const present = existsSync(data);
if (!present) console.warn(`skipped: there is no ${data} (set RETHINK_DATA)`);

function prepare(spec: object) {
  const workspace = mkdtempSync(join(tmpdir(), 'rethink-real-'));
  return prepareDatasets(datasetSpec.parse(spec), workspace, { baseFolder: data, env: {} });
}

describe.skipIf(!present)('real data', () => {
  it('reads BCCD with Tiny ImageNet for classification', async () => {
    const prepared = await prepare({
      coco: {
        train: 'bccd/annotations/instances_train.json',
        val: 'bccd/annotations/instances_test.json',
        trainImages: 'bccd/train',
        valImages: 'bccd/test',
      },
      classification: { folders: 'tiny-imagenet-100/val' },
    });
    expect(prepared.labelled).toMatchObject({ size: 292, warnings: [] });
    expect(prepared.labelled.categories.map(({ name }) => name)).toEqual(['RBC', 'WBC', 'Platelets']);
    expect(prepared.validation).toMatchObject({ size: 72, warnings: [] });
    expect(prepared.classification).toMatchObject({ size: 1000, warnings: [] });
    expect(prepared.classification?.categories).toHaveLength(100);
  });

  it('reads COCO with crowds and an unlabelled pool whose truth is hidden', async () => {
    const prepared = await prepare({
      coco: {
        train: 'coco-mini/annotations/instances_train2017.json',
        val: 'coco-mini/annotations/instances_val2017.json',
        trainImages: 'coco-mini/train2017',
        valImages: 'coco-mini/val2017',
        unlabelled: {
          images: 'coco-pool-256/images',
          annotations: 'coco-pool-256/annotations/instances_pool.json',
        },
      },
    });
    expect(prepared.labelled).toMatchObject({ size: 337, warnings: [] });
    expect(prepared.validation.categories).toHaveLength(80);
    expect(prepared.unlabelled).toMatchObject({ size: 2668 });
    const pool = await openDataset(prepared.unlabelled!.location);
    expect(pool.images.every(({ objects }) => objects.length === 0)).toBe(true);
    const truth = await openDataset(prepared.unlabelled!.truth!);
    expect(truth.images.flatMap(({ objects }) => objects)).toHaveLength(25_099);
    const labelled = await openDataset(prepared.labelled.location);
    expect(labelled.images.some(({ objects }) => objects.some(({ crowd }) => crowd))).toBe(true);
    const { image, objects } = await createSampleSource(labelled, [0]).load(0);
    for (const { xMax, yMax } of objects) {
      expect(xMax).toBeLessThanOrEqual(image.width);
      expect(yMax).toBeLessThanOrEqual(image.height);
    }
  });
});
