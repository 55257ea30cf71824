import fs, { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileAccessAudit } from './file-access-audit';

let folder: string;
const at = (name: string) => join(folder, name);
const listed = [
  { id: 7, file: 'a.png' },
  { id: 8, file: 'sub/b.png' },
];
const list = () => Promise.resolve(listed);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-watch-'));
  mkdirSync(at('images/sub'), { recursive: true });
  mkdirSync(at('images-too'));
  for (const file of [
    'images/a.png',
    'images/sub/b.png',
    'images/other.png',
    'images-too/a.png',
    'truth.json',
    'source.json',
  ]) {
    writeFileSync(at(file), '{}');
  }
  symlinkSync(at('images/a.png'), at('harmless.png'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function seenBy(reads: () => unknown): Promise<number[]> {
  const watch = new FileAccessAudit({
    images: at('images'),
    annotations: at('truth.json'),
    source: at('source.json'),
  });
  try {
    await reads();
  } catch {
    // That a read fails is no matter.
  }
  return watch.end(list);
}

it.each([
  ['readFileSync', () => fs.readFileSync(at('images/a.png')), [7]],
  ['promises.readFile', () => fs.promises.readFile(at('images/sub/b.png')), [8]],
  ['a stream', () => text(fs.createReadStream(at('images/a.png'))), [7]],
  ['openSync', () => fs.closeSync(fs.openSync(at('images/a.png'), 'r')), [7]],
  ['a relative path', () => fs.readFileSync(relative(process.cwd(), at('images/a.png'))), [7]],
  ['a URL', () => fs.readFileSync(pathToFileURL(at('images/a.png'))), [7]],
  ['bytes for a path', () => fs.readFileSync(Buffer.from(at('images/a.png'))), [7]],
  ['a link', () => fs.readFileSync(at('harmless.png')), [7]],
  ['copying away', () => fs.copyFileSync(at('images/a.png'), at('copy.png')), [7]],
  ['the annotation file', () => fs.readFileSync(at('truth.json')), [7, 8]],
  ['the file that the annotations were taken from', () => fs.readFileSync(at('source.json')), [7, 8]],
  ['an image of the folder that another split lists', () => fs.readFileSync(at('images/other.png')), []],
  ['a folder whose name begins alike', () => fs.readFileSync(at('images-too/a.png')), []],
])('notices %s', async (_, reads, expected) => {
  expect(await seenBy(reads)).toEqual(expected);
});

it('leaves fs as it was', async () => {
  const before = [fs.readFileSync, fs.promises.open, fs.createReadStream];
  await seenBy(() => undefined);
  expect([fs.readFileSync, fs.promises.open, fs.createReadStream]).toEqual(before);
});
