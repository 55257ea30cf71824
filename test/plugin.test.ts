import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { repository, rethink } from './cli';

interface Checked {
  passed: boolean;
  plugins: {
    name: string;
    passed: boolean;
    codeDigest?: string;
    checks: { check: string; status: string; findings: { code: string; seen: string }[] }[];
  }[];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-plugin-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) =>
  rethink([...args, '--workspace', join(folder, 'workspace')], { cwd: folder });
const codes = (report: Checked) =>
  report.plugins.flatMap(({ checks }) => checks.flatMap(({ findings }) => findings.map(({ code }) => code)));

/** A stage's process is recognised by its main file. */
const onlyInStages = `
import { jitterAndCrop } from 'rethink-bench/contract';
import { z } from 'zod';
export default class Fails {
  static plugin = { kind: 'augmentation', name: 'fails', version: '1.0.0', contract: 1, description: 'x', options: z.strictObject({}) };
  strength = 1;
  apply(sample, { size, random }) {
    if (/stage-process/.test(process.argv[1] ?? '')) throw new Error('only here');
    return jitterAndCrop(sample, { size, scaleMin: 0.8, scaleMax: 1.2, flip: 0.5 }, random);
  }
}`;

it('makes a package whose plugin passes at once, by folder and by name, and finds what only a real trial shows', async () => {
  const made = await run('plugin', 'new', 'strategy', 'my-idea', '--out', 'mine', '--package', '--json');
  expect(made.code).toBe(0);
  const plugin = join(folder, 'mine', 'strategy', 'my-idea');
  expect(JSON.parse(made.stdout)).toMatchObject({ kind: 'strategy', name: 'my-idea' });
  expect(existsSync(join(plugin, 'index.test.ts'))).toBe(true);
  // Nothing is overwritten.
  const again = await run('plugin', 'new', 'strategy', 'my-idea', '--out', 'mine');
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('PLUGIN_EXISTS') as string });

  // As `npm install` leaves it.
  mkdirSync(join(folder, 'mine', 'augmentation', 'fails'), { recursive: true });
  writeFileSync(join(folder, 'mine', 'augmentation', 'fails', 'index.ts'), onlyInStages);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(folder, 'mine'), join(folder, 'node_modules', 'rethink-plugin-my-idea'));
  symlinkSync(repository, join(folder, 'node_modules', 'rethink-bench'));

  const { code, stdout } = await run('plugin', 'check', 'rethink-plugin-my-idea', '--json');
  const report = JSON.parse(stdout) as Checked;
  expect(code).toBe(3);
  expect(codes(report)).toEqual(['CHECK_TRIAL']);
  const idea = report.plugins.find(({ name }) => name === 'my-idea')!;
  expect(idea.passed).toBe(true);
  expect(idea.checks.find(({ check }) => check === 'trial')?.status).toBe('passed');
  expect(existsSync(join(folder, 'workspace', 'conformance', `${idea.codeDigest}.json`))).toBe(true);

  const listed = await rethink(['plugin', 'list', '--workspace', join(folder, 'workspace')], {
    cwd: folder,
    env: { RETHINK_PLUGINS: 'rethink-plugin-my-idea' },
  });
  expect(listed.stdout).toMatch(/strategy +my-idea +0\.1\.0 +passed/);
  expect(listed.stdout).toMatch(/augmentation +fails +1\.0\.0 +failed/);
});

it.each([
  [['plugin', 'new', 'stratgy', 'x'], /Did you mean "strategy"\?/],
  [['plugin', 'new', 'init', 'My Idea'], /lower case letters/],
  [['plugin', 'new', 'init', 'imagenet'], /PLUGIN_EXISTS/],
  [['plugin', 'check', 'strategy/supervisd'], /Did you mean "supervised"\?/],
  [['plugin', 'check', 'nowhere'], /npm install nowhere/],
])('answers %j with the next step', async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});
