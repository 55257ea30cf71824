import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diagnostics } from '../../src/cli/terminal/diagnostics';
import { diagnoseBackends } from '../../src/learning/tensor';
import { reference } from './reference';

const folder = join(__dirname, '..', '..', 'docs', 'reference');

it('is what the code says; npm run docs:reference writes it', async () => {
  const pages = await reference();
  const stale = Object.entries(pages).filter(([name, text]) => {
    const file = join(folder, name);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  expect(stale.map(([name]) => name)).toEqual([]);
});

it('knows every code with which the doctor speaks here', async () => {
  const codes = (await diagnoseBackends()).map(({ code }) => code);
  expect(codes.filter((code) => !Object.hasOwn(diagnostics, code))).toEqual([]);
});
