import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readJson } from './read-json';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-bytes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const value = { list: Array.from({ length: 30_000 }, (_, index) => index), text: 'caf\u00e9' };
const text = JSON.stringify(value, null, 1);
const write = (name: string, bytes: string | Buffer): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

it.each([
  ['one member', gzipSync(text)],
  ['two members', Buffer.concat([gzipSync(text.slice(0, 999)), gzipSync(text.slice(999))])],
])('unpacks a gzip file of %s, whatever its name', (_, bytes) => {
  expect(readJson(write('packed.json', bytes))).toEqual(value);
});

it('names line and column of the unpacked text', () => {
  const file = write('wrong.json.gz', gzipSync('{\n "a": 1,\n "b": nul\n}'));
  expect(() => readJson(file)).toThrow(
    expect.objectContaining({ location: { file, line: 3, column: 7, path: 'b' } }) as Error,
  );
});

it.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2), /unexpected end of file/],
  ['altered', (bytes: Buffer) => bytes.fill(7, 100, 200), /incorrect|invalid/],
])('refuses a gzip file that was %s', (name, damage, reason) => {
  const file = write(`${name}.gz`, damage(gzipSync(text)));
  expect(() => readJson(file)).toThrow(
    expect.objectContaining({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(reason) as string,
      location: { file },
    }) as Error,
  );
});

it.runIf(process.platform !== 'win32').each([
  ['plain', text],
  ['gzip', gzipSync(text)],
])('reads a pipe: %s', async (name, bytes) => {
  const source = write(`${name}.source`, bytes);
  const pipe = join(folder, `${name}.pipe`);
  execFileSync('mkfifo', [pipe]);
  const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', source, pipe], { stdio: 'ignore' });
  expect(readJson(pipe)).toEqual(value);
  await new Promise((resolve) => writer.once('exit', resolve));
});

it('leaves no temporary file', () => {
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('rethink-read-'))).toEqual([]);
});
