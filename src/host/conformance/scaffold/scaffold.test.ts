import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pluginKinds } from '../../../contract';
import { Catalog } from '../../../core/catalog/catalog';
import { scaffoldPlugin } from './scaffold';

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'scaffold-')));
});
afterAll(() => rmSync(root, { recursive: true }));

it.each(pluginKinds)('makes a plugin of kind %s that the catalogue takes', (kind) => {
  const folder = scaffoldPlugin({ kind, name: '2-ideas', root });
  expect(readdirSync(folder).sort()).toEqual(['README.md', 'index.test.ts', 'index.ts']);
  const entry = new Catalog([root]).list().find((candidate) => candidate.kind === kind);
  expect(entry).toMatchObject({ status: 'ok', name: '2-ideas' });
  expect(entry?.status === 'ok' && entry.plugin.name).toBe('Plugin2Ideas');
});
