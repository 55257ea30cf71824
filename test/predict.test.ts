import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { TinyBenchmark } from './tiny-benchmark';

it('detects as the benchmark does, in the images of an annotation file and in any others', async () => {
  using benchmark = new TinyBenchmark({ axes: { strategy: ['supervised'] }, schedule: { steps: 20 } });
  const run = await benchmark.rethink(['run', 'tiny.yaml', '--json']);
  expect(run.code).toBe(0);
  const workspace = join(benchmark.folder, 'workspace');
  const [scenes] = readdirSync(join(workspace, 'datasets')).filter((name) => /^scenes-[0-9a-f]+$/.test(name));
  const validation = join(workspace, 'datasets', scenes!, 'val');
  const [images, annotations] = [join(validation, 'images'), join(validation, 'annotations.json')];
  const artifacts = join(workspace, 'artifacts');
  const [scored] = readdirSync(artifacts, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('detections.json'),
  );
  const detections = JSON.parse(readFileSync(join(artifacts, scored!), 'utf8')) as unknown[];

  const known = await benchmark.rethink([
    ...['predict', 'tiny', images, '--annotations', annotations, '--out', 'known.json', '--json'],
  ]);
  expect(known.code).toBe(0);
  const own = JSON.parse(readFileSync(join(benchmark.folder, 'known.json'), 'utf8')) as unknown[];
  expect(own.length).toBeGreaterThan(0);
  expect(own).toEqual(detections);

  const photos = join(benchmark.folder, 'photos');
  cpSync(images, photos, { recursive: true });
  writeFileSync(join(photos, 'broken.jpg'), 'no image');
  const others = await benchmark.rethink([
    ...['predict', 'tiny', 'photos', '--draw', 'drawn', '--csv', 'found.csv', '--threshold', '0.05'],
  ]);
  expect(others.code).toBe(3);
  expect(others.stderr).toMatch(/skipped photos\/broken\.jpg: The file is text/);
  const file = JSON.parse(readFileSync(join(benchmark.folder, 'predictions.json'), 'utf8')) as {
    images: { id: number; file_name: string; width: number; height: number }[];
    annotations: { image_id: number; score: number }[];
  };
  const drawn = file.images.map(({ file_name: name }) => join(benchmark.folder, 'drawn', name.slice(7)));
  expect(drawn.every((name) => existsSync(name))).toBe(true);
  expect(await sharp(drawn[0]).metadata()).toMatchObject({
    width: file.images[0]!.width,
    height: file.images[0]!.height,
  });
  expect(file.annotations.every(({ score }) => score >= 0.05)).toBe(true);
  const lines = readFileSync(join(benchmark.folder, 'found.csv'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(file.annotations.length + 1);
});

it('says what is missing', async () => {
  using benchmark = new TinyBenchmark({ axes: { strategy: ['supervised'] } });
  expect(await benchmark.rethink(['predict', 'tiny', '.'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('WORKSPACE_EMPTY') as string,
  });
});
