import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rethink } from './cli';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const truth = {
  images: [{ id: 7, width: 100, height: 100, file_name: 'a.png' }],
  categories: [
    { id: 3, name: 'cat' },
    { id: 9, name: 'dog' },
  ],
  annotations: [{ id: 1, image_id: 7, category_id: 3, bbox: [10, 10, 50, 50], area: 2500, iscrowd: 0 }],
};
const detections = [{ image_id: 7, category_id: 3, bbox: [10, 10, 50, 50], score: 0.9 }];

describe('rethink evaluate', () => {
  it('evaluates a part, with thresholds, areas and limits of its own', async () => {
    const { code, stdout, stderr } = await rethink([
      ...['evaluate', '--annotations', write('gt.json', truth), '--json', '--intervals'],
      ...['--detections', write('dt.json', [...detections, { ...detections[0], category_id: 9 }])],
      ...[
        '--images',
        'a.png',
        '--categories',
        'cat',
        '--iou',
        '0.5',
        '--areas',
        'tiny=0:99',
        '--max-dets',
        '5',
      ],
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/not chosen were left out\. \(1 ×\)/);
    expect(JSON.parse(stdout)).toMatchObject({
      stats: { AP: 1, AP50: 1, AP_tiny: null, AR5: 1, AR_tiny: null },
      perCategory: { 3: { AP: 1, AP50: 1, AR5: 1 } },
      intervals: { AP: { low: 1, high: 1 }, AR5: { low: 1, high: 1 } },
      parameters: { iouThresholds: [0.5], maxDetections: [5] },
      counts: { categories: 1, detections: 1 },
    });
  });

  it('prints one JSON document with the twelve numbers, null where a slice is empty', async () => {
    const { code, stdout } = await rethink([
      'evaluate',
      '--annotations',
      write('gt.json', truth),
      '--detections',
      write('dt.json', detections),
      '--json',
    ]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as {
      stats: Record<string, number | null>;
      perCategory: Record<string, unknown>;
    };
    expect(Object.keys(report.stats)).toEqual([
      'AP',
      'AP50',
      'AP75',
      'APs',
      'APm',
      'APl',
      'AR1',
      'AR10',
      'AR100',
      'ARs',
      'ARm',
      'ARl',
    ]);
    expect(report.stats).toMatchObject({ AP: 1, APs: null, APm: 1, APl: null });
    expect(report.perCategory).toMatchObject({ 3: { AP: 1 }, 9: { AP: null } });
  });

  it('adds the analyses that are asked for', async () => {
    const images = join(folder, 'images.json');
    const { code, stdout } = await rethink([
      ...['evaluate', '--annotations', write('gt.json', truth), '--detections', write('dt.json', detections)],
      ...[
        '--errors',
        '--curves',
        '--slices',
        '--calibration',
        '--confusion',
        '--per-image',
        images,
        '--json',
      ],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      stats: { AP: 1 },
      errors: { counts: { missed: 0 } },
      curves: { perCategory: { 3: { '0.50': {} } } },
      slices: { categoryGroups: { cat: { AP: 1 } } },
      calibration: { all: { detections: 1 } },
      confusion: { cells: [{ truth: 3, detection: 3, count: 1 }] },
    });
    expect(JSON.parse(readFileSync(images, 'utf8'))).toMatchObject([{ imageId: 7, truePositives: 1 }]);
  });

  it.each([
    ['a truncated file', '{"images": [', /gt-bad\.json/],
    [
      'an unknown category',
      { ...truth, annotations: [{ ...truth.annotations[0], category_id: 4 }] },
      /annotations\[0\]/,
    ],
  ])('answers %s with file, place and exit code 2', async (_, content, place) => {
    const { code, stderr, stdout } = await rethink([
      'evaluate',
      '--annotations',
      write('gt-bad.json', content),
      '--detections',
      write('dt.json', detections),
      '--json',
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(place);
    expect(stderr).not.toMatch(/^\s+at .*\.ts:/m);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.any(String) as string } });
  });

  it('says what is missing, and suggests the flag that was meant', async () => {
    expect(await rethink(['evaluate'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--annotations is missing/) as string,
    });
    expect(await rethink(['evaluate', '--anotations', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Did you mean --annotations/) as string,
    });
  });
});
