import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { RethinkError } from '../../contract';
import { ColumnReader, encodeColumn } from './columns';
import { unpackDetections, encodeDetections } from './detections-codec';
import { fromRuns, toRuns } from './image-sets';
import { readArchive } from './read-archive';
import { readBundle } from './read-bundle';
import { parseJson } from './parse-json';
import { hideFolders } from '../../core/files/shown-paths';
import { writeArchive } from './write-archive';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rethink-hostile-'));
});
afterAll(() => rmSync(root, { recursive: true }));

let files = 0;
const place = (bytes: Buffer | string): string => {
  const file = join(root, `${files++}.zip`);
  writeFileSync(file, bytes);
  return file;
};
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof RethinkError) return error.code;
    throw error;
  }
  return 'none';
};
const small = new Map([['results.json', Buffer.from('{}')]]);

async function zip(entries: Readonly<Record<string, Buffer | string>>): Promise<Buffer> {
  const file = new yazl.ZipFile();
  for (const [name, data] of Object.entries(entries)) file.addBuffer(Buffer.from(data), name);
  file.end();
  const parts: Buffer[] = [];
  for await (const part of file.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
const manifest = (more: object = {}) =>
  JSON.stringify({
    type: 'rethink-bundle',
    schemaVersion: 1,
    rethink: '0.1.0',
    benchmark: 'x',
    files: [],
    ...more,
  });

describe('a file that is no bundle is refused', () => {
  it('that is not there, no zip, cut short, or another zip', async () => {
    expect(await codeOf(readArchive(join(root, 'nowhere.zip')))).toBe('BUNDLE_UNREADABLE');
    expect(await codeOf(readArchive(root))).toBe('BUNDLE_UNREADABLE');
    expect(await codeOf(readArchive(place('hello')))).toBe('BUNDLE_NOT_A_BUNDLE');
    const whole = await writeArchive('x', small);
    expect(await codeOf(readArchive(place(whole.subarray(0, whole.length - 40))))).toBe(
      'BUNDLE_NOT_A_BUNDLE',
    );
    expect(await codeOf(readArchive(place(await zip({ 'a.txt': 'a' }))))).toBe('BUNDLE_NOT_A_BUNDLE');
  });

  it('of a future version, with the version that it wants', async () => {
    const file = place(await zip({ 'bundle.json': manifest({ schemaVersion: 99, new: true }) }));
    await expect(readArchive(file)).rejects.toThrow(
      /schema version 99, but this Rethink Bench reads up to \d/,
    );
  });

  it('whose files were altered, left out or added', async () => {
    const { manifest: honest } = await readArchive(place(await writeArchive('x', small)));
    const listed = JSON.stringify(honest);
    expect(await codeOf(readArchive(place(await zip({ 'bundle.json': listed }))))).toBe('BUNDLE_ALTERED');
    const other = { 'bundle.json': listed, 'results.json': '[]' };
    expect(await codeOf(readArchive(place(await zip(other))))).toBe('BUNDLE_ALTERED');
    const more = { 'bundle.json': listed, 'results.json': '{}', 'more.json': '{}' };
    expect(await codeOf(readArchive(place(await zip(more))))).toBe('BUNDLE_ALTERED');
  });

  it('with names that lead out of it', async () => {
    const bytes = await zip({ 'bundle.json': manifest(), 'aa/../../../evil.sh': 'x' }).catch(() => undefined);
    // A careful library does not even write such names: put one over a harmless name of the same length.
    expect(bytes).toBeUndefined();
    const harmless = await zip({ 'bundle.json': manifest(), 'aaa/evil.sh': 'x' });
    const evil = Buffer.from(harmless.toString('latin1').replaceAll('aaa/evil.sh', '../../ev.sh'), 'latin1');
    expect(await codeOf(readArchive(place(evil)))).toBe('BUNDLE_PATH');
    const listed = { name: '../../x', bytes: 1, sha256: 'a'.repeat(64) };
    const inManifest = await zip({ 'bundle.json': manifest({ files: [listed] }) });
    expect(await codeOf(readArchive(place(inManifest)))).toBe('BUNDLE_MALFORMED');
  });

  it('that unpacks to more than a bundle has, or to more than it says', async () => {
    const bomb = place(await zip({ 'bundle.json': manifest(), 'a.json': Buffer.alloc(3e6) }));
    const limits = { fileBytes: 1e6, unpackedBytes: 1e6, entries: 10 };
    expect(readFileSync(bomb).length).toBeLessThan(10_000);
    expect(await codeOf(readArchive(bomb, limits))).toBe('BUNDLE_TOO_LARGE');
    expect(await codeOf(readArchive(bomb, { ...limits, unpackedBytes: 1e7, entries: 1 }))).toBe(
      'BUNDLE_TOO_LARGE',
    );
    const lying = readFileSync(bomb);
    // Sizes of 3,000,000 bytes become 30.
    const stated = Buffer.from([0xc0, 0xc6, 0x2d, 0]);
    for (let at = lying.indexOf(stated); at >= 0; at = lying.indexOf(stated)) lying.set([30, 0, 0, 0], at);
    expect(await codeOf(readArchive(place(lying), limits))).toBe('BUNDLE_TOO_LARGE');
  });

  it('with JSON that is no JSON, too deep, too long or after the prototype', () => {
    const code = (text: string) => {
      try {
        parseJson(Buffer.from(text), 'a.json');
      } catch (error) {
        return (error as RethinkError).message;
      }
      return 'fine';
    };
    expect(code('{"a":[1,{"b":null}]}')).toBe('fine');
    expect(code('{"a":')).toMatch(/^Not valid JSON: /);
    expect(code('\u0000')).toMatch(/^Not valid JSON: /);
    expect(code(`${'['.repeat(2000)}${']'.repeat(2000)}`)).toBe('Values are nested more than 60 deep.');
    expect(code(JSON.stringify(['x'.repeat(300_000)]))).toBe('A text has 300000 characters.');
    expect(code('{"a":{"__proto__":{"x":1}}}')).toBe('The key __proto__ is not allowed.');
  });

  it('of the right form outside and another one inside, with its place', async () => {
    const file = place(await writeArchive('x', small));
    await expect(readBundle(file)).rejects.toMatchObject({
      code: 'BUNDLE_MALFORMED',
      location: { file: `${file} › results.json`, path: 'benchmark' },
    });
  });
});

describe('columns', () => {
  it('come back as they were', () => {
    const values = [0, 1, 255, 77];
    const reader = new ColumnReader(
      Buffer.concat([
        encodeColumn('u8', values),
        encodeColumn('i24', [-8_388_608, 8_388_607, -1]),
        encodeColumn('f32', [Math.fround(0.1), NaN]),
      ]),
      'x.bin',
    );
    expect([...reader.read('u8', 4)]).toEqual(values);
    expect([...reader.read('i24', 3)]).toEqual([-8_388_608, 8_388_607, -1]);
    expect([...reader.read('f32', 2)]).toEqual([Math.fround(0.1), NaN]);
    reader.end();
  });

  it('are never read beyond their end', () => {
    const huge = encodeColumn('u32', [4_000_000_000]);
    expect(() => unpackDetections(huge, 'd.bin')).toThrow('ends within a column of 4000000000 numbers');
    expect(() => unpackDetections(Buffer.alloc(9), 'd.bin')).toThrow('has 5 bytes too many');
  });

  it('hold detections without losing a digit, or not at all', () => {
    const detection = {
      image_id: 7,
      category_id: 3,
      bbox: [14.233, -0.5, 31.771, 24.898] as const,
      score: Number(Math.fround(0.813628316).toPrecision(9)),
    };
    const packed = encodeDetections([detection, { ...detection, image_id: 8 }])!;
    expect(unpackDetections(packed, 'd.bin')).toEqual([detection, { ...detection, image_id: 8 }]);
    expect(encodeDetections([{ ...detection, score: 0.1234567891234 }])).toBeUndefined();
    expect(encodeDetections([{ ...detection, bbox: [0, 0, 1.00001, 1] }])).toBeUndefined();
  });
});

it('sets of images are runs of their ids', () => {
  expect(toRuns([3, 1, 2, 9, 2])).toEqual([
    [1, 3],
    [9, 9],
  ]);
  expect(
    fromRuns([
      [1, 3],
      [9, 9],
    ]),
  ).toEqual([1, 2, 3, 9]);
  expect(fromRuns([[0, 2 ** 40]])).toBeUndefined();
  expect(fromRuns([[5, 1]])).toBeUndefined();
});

it('paths of the machine are taken out of all texts', () => {
  const folders = { '/home/me': '~', '/home/me/ws': '<workspace>' };
  const value = { a: ['failed at /home/me/ws/logs/a.log'], b: '/home/me/x and /home/meg', c: 1 };
  expect(hideFolders(value, folders)).toEqual({
    a: ['failed at <workspace>/logs/a.log'],
    b: '~/x and /home/meg',
    c: 1,
  });
});
