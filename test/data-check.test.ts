import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { rethink } from './cli';

const folder = mkdtempSync(join(tmpdir(), 'data-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const coco = (bbox: number[]) => ({
  images: [{ id: 1, file_name: 'a.png', width: 9, height: 9 }],
  categories: [{ id: 1, name: 'a' }],
  annotations: [{ id: 1, image_id: 1, category_id: 1, bbox, area: 9, iscrowd: 0 }],
});

const check = (content: unknown, ...flags: string[]) => {
  const file = join(folder, 'x.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return rethink(['data', 'check', file, ...flags]);
};

it('ends with 0 without errors, with 3 where there are some', async () => {
  const sound = await check(coco([0, 0, 3, 3]), '--json');
  expect(sound.code).toBe(0);
  expect(JSON.parse(sound.stdout)).toMatchObject({
    counts: { images: 1, annotations: 1, categories: 1 },
    severities: { error: 0, warning: 0, note: 1 },
    findings: [{ code: 'CATEGORY_RARE' }],
  });
  const outside = await check(coco([20, 0, 3, 3]));
  expect(outside).toMatchObject({ code: 3, stderr: '' });
  expect(outside.stdout).toContain('error   BOX_OUTSIDE (1)');
});

it('counts warnings under --strict', async () => {
  expect((await check(coco([8, 0, 3, 3]))).code).toBe(0);
  expect((await check(coco([8, 0, 3, 3]), '--strict')).code).toBe(3);
});

it('ends with 2 and the place where the file is no JSON', async () => {
  const { code, stdout, stderr } = await check('{"images": [\n{"id": 1,}', '--json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'JSON_SYNTAX', location: { line: 2, column: 10 } },
  });
  expect(stderr).toContain('x.json:2:10 › images[0]');
});

it('names a folder that is not there', async () => {
  const { code, stderr } = await check(coco([0, 0, 3, 3]), '--images', join(folder, 'none'));
  expect(code).toBe(2);
  expect(stderr).toContain('PATH_MISSING');
});
