import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ResultsService } from '../database/results.service';
import { importBundle } from './import-bundle';
import { BUNDLE_SCHEMA_VERSION } from './manifest';
import { migrateContents } from './migrations';
import { packageFolder } from '../../core/files/package-folder';

const fixtures = join(packageFolder, 'test', 'fixtures');

describe('bundles of earlier versions', () => {
  it('go through one step after the other', () => {
    const contents = new Map([['a', Buffer.from('1')]]);
    const add = (text: string) => (before: ReadonlyMap<string, Buffer>) =>
      new Map([['a', Buffer.concat([before.get('a')!, Buffer.from(text)])]]);
    const migrated = migrateContents(contents, 1, { 1: add('2'), 2: add('3'), 3: add('4') }, 3);
    expect(migrated.get('a')!.toString()).toBe('123');
    expect(migrateContents(contents, 3, {}, 3)).toBe(contents);
    expect(() => migrateContents(contents, 1, {}, 2)).toThrow('no way from schema version 1 to 2');
  });

  it('of each version one is kept, and is still imported with the same numbers', async () => {
    const names = readdirSync(fixtures).filter((name) => name.endsWith('.bundle.zip'));
    expect(names.sort()).toEqual(
      Array.from({ length: BUNDLE_SCHEMA_VERSION }, (_, index) => `bundle-v${index + 1}.bundle.zip`),
    );
    for (const name of names) {
      const workspace = mkdtempSync(join(tmpdir(), 'rethink-old-bundle-'));
      const results = new ResultsService({ file: join(workspace, 'results.sqlite') });
      try {
        const summary = await importBundle({ file: join(fixtures, name), workspace, results });
        expect(summary).toMatchObject({
          benchmark: 'tiny',
          counts: { added: 6 },
          check: { scored: 6, trusted: 6 },
        });
        const { trials } = (await results.snapshot()).benchmarks[0]!;
        expect(trials.map(({ metrics }) => metrics!.stats.AP)).toEqual([0, 0, 0, 0, 0, 0.02524752475247525]);
      } finally {
        await results.close();
        rmSync(workspace, { recursive: true });
      }
    }
  });
});
