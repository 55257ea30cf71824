import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { locatePlugins } from '../src/core/catalog/locate';
import { checkPlugin } from '../src/host/conformance/check-plugin';
import { repository, rethink } from './cli';

const tutorial = readFileSync(join(repository, 'docs', 'tutorial.md'), 'utf8');
const blocks = [...tutorial.matchAll(/^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language, file, text]) => ({ language, file, text: text! }),
);
const plugins = blocks.filter((block) => block.file !== undefined);

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tutorial-')));
  for (const { file, text } of plugins) {
    const path = join(folder, 'my-plugins', file!);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the tutorial', () => {
  it('has the three plugins', () => {
    expect(plugins.map(({ file }) => file)).toEqual([
      'augmentation/copy-paste/index.ts',
      'init/moco/index.ts',
      'strategy/soft-self-training/index.ts',
    ]);
  });

  it.each(plugins.map(({ file, text }) => [file!, text] as const))('%s is what ships', (file, text) => {
    const shipped = readFileSync(join(repository, 'plugins', file), 'utf8');
    expect(text.replace("'rethink-bench/contract'", "'../../../src/contract'")).toBe(shipped);
  });

  it.each(plugins.map(({ file }) => dirname(file!)))(
    '%s passes the check as it is written here',
    async (name) => {
      const builtIn = join(repository, 'plugins');
      const { plugins: found, roots } = locatePlugins(join('my-plugins', name), [builtIn], folder);
      const report = await checkPlugin({
        plugin: found[0]!,
        roots,
        folder: join(folder, 'checks'),
        backend: 'tensorflow',
        trial: false,
      });
      expect(report.checks.flatMap(({ findings }) => findings)).toEqual([]);
      expect(report.passed).toBe(true);
    },
  );

  it('names commands that there are', async () => {
    const lines = blocks
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.trim().split('\n'));
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line).toMatch(/^npm run -s rethink -- plugin (new|check|try) /);
    const help = await rethink(['plugin', '--help']);
    expect(help.stdout).toMatch(/new[\s\S]*check[\s\S]*try/);
    const first = lines[0]!.split(' -- ')[1]!.split(' ');
    expect(await rethink(first, { cwd: folder })).toMatchObject({ code: 0 });
  });

  it('has configuration and package files that can be read', () => {
    for (const { language, text } of blocks) {
      if (language === 'yaml') expect(parse(text)).toEqual({ plugins: ['my-plugins'] });
      if (language === 'json') expect(JSON.parse(text)).toHaveProperty('rethink.plugins');
    }
  });
});
