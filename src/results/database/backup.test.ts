import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeExampleDataset } from '../../../test/results/example-data';
import { examplePlan } from '../../../test/results/example-plan';
import { playRun } from '../../../test/results/example-run';
import { backUp, restore } from './backup';
import { ResultsListener } from './results.listener';
import { ResultsService } from './results.service';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rethink-backup-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

async function withResults<T>(work: (service: ResultsService) => Promise<T>): Promise<T> {
  const service = new ResultsService({ file: at('results.sqlite') });
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

async function play(name: string): Promise<void> {
  const dataset = await writeExampleDataset(folder, 4);
  const artifactFolder = (key: string) => join(folder, 'artifacts', key);
  await withResults((service) => {
    const listener = new ResultsListener(service, artifactFolder);
    const only = ({ init }: { init: string }) => init === 'random';
    return playRun({ plan: examplePlan({ name, only }), listener, artifactFolder, dataset });
  });
}

it('a backup made in the middle of a write is whole, and brings back what was known then', async () => {
  await play('first');
  const before = await withResults((service) => service.snapshot());
  const writer = new Database(at('results.sqlite'));
  writer.exec('BEGIN IMMEDIATE');
  writer.exec("UPDATE trials SET status = 'running'");
  const saved = await backUp(at('results.sqlite'), at('backups/monday.sqlite'));
  writer.exec('COMMIT');
  writer.close();
  expect(saved.trials).toBe(before.benchmarks[0]!.trials.length);

  await play('second');
  const restored = await restore(at('backups/monday.sqlite'), at('results.sqlite'));
  expect(await withResults((service) => service.snapshot())).toEqual(before);

  // What was replaced is there still, and can be put back in turn.
  await restore(restored.former!, at('results.sqlite'));
  const { benchmarks } = await withResults((service) => service.snapshot());
  expect(benchmarks.map(({ name }) => name)).toEqual(['second', 'first']);
  expect(readdirSync(folder).filter((name) => name.includes('draft'))).toEqual([]);
});

it.each([
  ['a text', 'not a database at all, but long enough to look like the header of one', 'RESULTS_CORRUPT'],
  ['an empty file', '', 'RESULTS_CORRUPT'],
])('%s is not put into the place of a database', async (_, content, code) => {
  await play('first');
  const before = readFileSync(at('results.sqlite'));
  writeFileSync(at('bad.sqlite'), content);
  await expect(restore(at('bad.sqlite'), at('results.sqlite'))).rejects.toMatchObject({ code });
  await expect(restore(at('none.sqlite'), at('results.sqlite'))).rejects.toMatchObject({
    code: 'BACKUP_MISSING',
  });
  expect(readFileSync(at('results.sqlite')).equals(before)).toBe(true);
});

it('a backup replaces nothing', async () => {
  await play('first');
  writeFileSync(at('taken.sqlite'), 'mine');
  await expect(backUp(at('results.sqlite'), at('taken.sqlite'))).rejects.toMatchObject({
    code: 'BACKUP_EXISTS',
  });
  expect(readFileSync(at('taken.sqlite'), 'utf8')).toBe('mine');
});
