import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diagnostics } from '../../src/cli/terminal/diagnostics';
import { diagnoseBackends } from '../../src/learning/tensor';
import { reference } from './reference';

const folder = join(__dirname, '..', '..', 'docs');

it('is up to date (npm run docs:reference generates it)', async () => {
  const pages = await reference();
  const stale = Object.entries(pages).filter(([name, text]) => {
    const file = join(folder, name);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  expect(stale.map(([name]) => name)).toEqual([]);
});

it('explains every code that the doctor reports on this machine', async () => {
  const codes = (await diagnoseBackends()).map(({ code }) => code);
  expect(codes.filter((code) => !Object.hasOwn(diagnostics, code))).toEqual([]);
});
