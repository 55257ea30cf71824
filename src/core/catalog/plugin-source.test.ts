import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Catalog } from './catalog';
import { pluginRootsOf } from './plugin-source';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'plugins-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const plugin = (contract: string) => `
import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { CONTRACT_VERSION, OPTIONS, type InitContext, type Weights } from 'rethink-bench/contract';

@injectable()
export default class Mine {
  static readonly plugin = {
    kind: 'init', name: 'mine', version: '1.0.0', contract: ${contract}, description: CONTRACT_VERSION, options: z.strictObject({}),
  };
  constructor(@inject(OPTIONS) readonly options: object) {}
  plan({ stages }: InitContext): Weights { return stages.random(); }
}`;

it('finds plugins in a folder, in its plugins/, and where a package.json says', () => {
  write('a/init/mine/index.ts', '');
  write('b/plugins/init/mine/index.ts', '');
  write('c/package.json', '{ "name": "c", "rethink": { "plugins": ["one", "two"] } }');
  write('c/one/init/mine/index.ts', '');
  write('c/two/strategy/mine/index.ts', '');
  expect(pluginRootsOf('a', folder)).toEqual([join(folder, 'a')]);
  expect(pluginRootsOf('b', folder)).toEqual([join(folder, 'b', 'plugins')]);
  expect(pluginRootsOf('./c', folder)).toEqual([join(folder, 'c', 'one'), join(folder, 'c', 'two')]);
});

it('finds an npm package where Node would, and gives its TypeScript this package’s contract', () => {
  write('elsewhere/package.json', '{ "name": "@me/rethink-mine" }');
  write('elsewhere/init/mine/index.ts', plugin("'^1.0.0'"));
  mkdirSync(join(folder, 'project', 'node_modules', '@me'), { recursive: true });
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'project', 'node_modules', '@me', 'rethink-mine'));
  const roots = pluginRootsOf('@me/rethink-mine', join(folder, 'project', 'benchmarks'));
  expect(roots).toEqual([join(folder, 'elsewhere')]);
  const [entry] = new Catalog(roots).list();
  expect(entry).toMatchObject({ status: 'ok', name: 'mine' });
});

it('has the same digest wherever plugin and package lie', () => {
  write('a/init/mine/index.ts', plugin('1'));
  write('far/away/init/mine/index.ts', plugin('1'));
  const digest = (root: string) => {
    const [entry] = new Catalog([join(folder, root)]).list();
    return entry?.status === 'ok' ? entry.codeDigest : entry?.error;
  };
  expect(digest('a')).toMatch(/^[0-9a-f]{64}$/);
  expect(digest('far/away')).toBe(digest('a'));
});

it.each([
  ["'^2.0.0'", /requires version \^2.0.0 of the contract; this host has 1\./, 'Update rethink-bench.'],
  ["'^0.9.0'", /requires version \^0.9.0/, 'Fix the plugin: CHANGELOG.md lists the changes of the contract.'],
])('says that a plugin for contract %s does not fit', (contract, message, hint) => {
  write('init/mine/index.ts', plugin(contract));
  expect(new Catalog([folder]).list()).toMatchObject([
    {
      status: 'broken',
      error: { code: 'PLUGIN_CONTRACT', message: expect.stringMatching(message) as string, hint },
    },
  ]);
});

it('says where it looked for what is not there', () => {
  expect(() => pluginRootsOf('rethink-nowhere', folder)).toThrow(
    expect.objectContaining({
      code: 'PLUGINS_NOT_FOUND',
      hint: expect.stringContaining('npm install rethink-nowhere') as string,
    }) as Error,
  );
  write('p/package.json', '{ "rethink": { "plugins": "none" } }');
  expect(() => pluginRootsOf('p', folder)).toThrow(
    expect.objectContaining({ code: 'PLUGINS_PACKAGE' }) as Error,
  );
});
