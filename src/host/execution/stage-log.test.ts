import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StageLog } from './stage-log';
import { temporaryFolder } from './plan.test-helper';

let folder: string;
let remove: () => void;
beforeEach(() => ({ path: folder, remove } = temporaryFolder()));
afterEach(() => remove());

async function logged(
  chunks: readonly string[],
  limits?: { head: number; tail: number },
): Promise<{ msg: string; stream?: string }[]> {
  const file = join(folder, 'stage.log');
  const log = new StageLog(file, limits);
  const stream = new PassThrough();
  log.follow(stream, 'stderr');
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  log.close();
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { msg: string; stream?: string });
}

it('keeps structured lines, wraps others, whatever the chunks', async () => {
  const lines = await logged(['{"level":30,"time":1,"m', 'sg":"ours"}\npri', 'nted\n\nno end']);
  expect(lines).toMatchObject([
    { msg: 'ours', level: 30 },
    { msg: 'printed', stream: 'stderr' },
    { msg: 'no end', stream: 'stderr' },
  ]);
});

it('keeps beginning and end, and says how much it left out', async () => {
  const chunks = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`);
  const lines = await logged(chunks, { head: 500, tail: 500 });
  expect(lines.length).toBeLessThan(30);
  expect(lines[0]?.msg).toBe('line 0');
  expect(lines.at(-1)?.msg).toBe('line 999');
  expect(lines.some(({ msg }) => /^\d+ bytes left out$/.test(msg))).toBe(true);
});

it('cuts lines without an end', async () => {
  const lines = await logged(['x'.repeat(200_000)]);
  expect(lines.length).toBeGreaterThan(0);
  expect(Math.max(...lines.map(({ msg }) => msg.length))).toBeLessThan(200_001);
});

it('keeps the log of the attempt before', async () => {
  await logged(['first\n']);
  await logged(['second\n']);
  expect(readFileSync(join(folder, 'stage.log.previous'), 'utf8')).toContain('first');
  expect(readFileSync(join(folder, 'stage.log'), 'utf8')).not.toContain('first');
});
