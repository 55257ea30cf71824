import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Catalog } from './catalog';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'catalog-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const zod = JSON.stringify(require.resolve('zod'));
const manifest = (name: string, more = '') =>
  `static plugin = { kind: 'init', name: '${name}', version: '1.0.0', contract: 1, description: 'x', options: z.strictObject({}), ${more} };`;

function write(name: string, source: string): void {
  mkdirSync(join(root, 'init', name), { recursive: true });
  writeFileSync(join(root, 'init', name, 'index.ts'), `const { z } = require(${zod});\n${source}`);
}

describe('Catalog', () => {
  it.each([
    ['throws', "throw new Error('at load');", 'PLUGIN_LOAD', /at load/],
    ['syntax', 'export default class {', 'PLUGIN_LOAD', /./],
    ['no-import', "import './nowhere';", 'PLUGIN_LOAD', /Cannot find module/],
    ['no-class', 'export const x = 1;', 'PLUGIN_NO_CLASS', /default export/],
    ['no-manifest', 'export default class { plan() {} }', 'PLUGIN_MANIFEST', /static plugin/],
    [
      'other-name',
      `export default class { ${manifest('another')} plan() {} }`,
      'PLUGIN_MANIFEST',
      /is named init\/another/,
    ],
    ['no-method', `export default class { ${manifest('no-method')} }`, 'PLUGIN_SHAPE', /no method plan/],
    [
      'future',
      `export default class { ${manifest('future', 'contract: 99')} plan() {} }`,
      'PLUGIN_CONTRACT',
      /version 99/,
    ],
  ])('lists a plugin that is %s with its reason', (name, source, code, message) => {
    write(name, source);
    const entry = new Catalog([root]).list().find((candidate) => candidate.name === name);
    expect(entry).toMatchObject({
      status: 'broken',
      error: { code, message: expect.stringMatching(message) as string },
    });
  });

  it('finds a sound plugin among broken ones, and knows the nearest name', () => {
    write('sound', `export default class { ${manifest('sound')} plan() {} }`);
    const catalog = new Catalog([root]);
    expect(catalog.find('init', 'sound').plugin.plugin.version).toBe('1.0.0');
    expect(() => catalog.find('init', 'suond')).toThrow(
      expect.objectContaining({ code: 'PLUGIN_UNKNOWN', hint: 'Did you mean "sound"?' }) as Error,
    );
  });

  it('lists a folder without an entry file', () => {
    mkdirSync(join(root, 'init', 'empty'), { recursive: true });
    expect(new Catalog([root]).list().find((entry) => entry.name === 'empty')).toMatchObject({
      error: { code: 'PLUGIN_NO_ENTRY' },
    });
  });
});
