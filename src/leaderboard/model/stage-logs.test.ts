import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LOG_CHARACTERS, StageLogs } from './stage-logs';

const key = 'ab'.repeat(32);
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rethink-logs-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const copied = (text: string, hidden: Record<string, string> = {}) => {
  const source = join(folder, 'stage.log');
  writeFileSync(source, text);
  const out = join(folder, 'site');
  const name = new StageLogs(out, () => source, hidden).copy(key)!;
  return readFileSync(join(out, name), 'utf8');
};

it('writes the lines of a log for people, and lines of others as they stand', () => {
  const line = {
    level: 40,
    time: 1795708065214,
    stream: 'host',
    stage: key,
    attempt: 2,
    msg: 'the disk is full',
  };
  expect(copied(`${JSON.stringify(line)}\nplain \u001b[31mred\u001b[0m words\n{"level":30}\n`)).toBe(
    '2026-11-26T15:47:45.214Z warn  host   the disk is full attempt=2\nplain red words\n{"level":30}\n',
  );
});

it('keeps the end of a long log, and says so', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
  const text = copied(lines.join('\n'));
  expect(text.length).toBeLessThan(LOG_CHARACTERS + 100);
  expect(text).toMatch(/^… the log begins earlier.*\nline \d+\n/);
  expect(text.endsWith('line 19999\n')).toBe(true);
});

it('takes out where this machine keeps its files', () => {
  const hidden = { '/': 'no', '/home/me': '~', '/home/me/work/.rethink': '.rethink' };
  expect(copied('read /home/me/work/.rethink/a.json and /home/me/b\n', hidden)).toBe(
    'read .rethink/a.json and ~/b\n',
  );
});

it('copies nothing for a key that is none, nor for a log that is gone', () => {
  mkdirSync(join(folder, 'site'));
  const logs = new StageLogs(join(folder, 'site'), (of) => join(folder, of));
  writeFileSync(join(folder, 'secret'), 'secret');
  expect(logs.copy('../secret')).toBeUndefined();
  expect(logs.copy('secret')).toBeUndefined();
  expect(logs.copy(key)).toBeUndefined();
  expect(new StageLogs(folder, undefined).copy(key)).toBeUndefined();
  expect(existsSync(join(folder, 'site')) && readdirSync(join(folder, 'site'))).toEqual([]);
});
