import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rethink-register-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('TypeScript that a thread loads first', () => {
  it('is compiled outside of its process, whose threads may come and go; what cannot be compiled says why', () => {
    // The comment keeps what an earlier run compiled out of it.
    const file = (name: string, code: string) => {
      writeFileSync(join(folder, name), `${code}\n// ${folder}\n`);
      return join(folder, name);
    };
    const files = [
      file('first.ts', 'export const found: number = 1;'),
      file('second.ts', 'export const found: string = "two";'),
      file('broken.ts', 'export const found: = 3;'),
    ];
    file(
      'main.cjs',
      `const { Worker } = require('node:worker_threads');
      const answer = (file) => new Promise((resolve) => {
        new Worker(\`
          const { parentPort, workerData } = require('node:worker_threads');
          try { parentPort.postMessage(require(workerData).found); } catch (error) { parentPort.postMessage(error.name + ': ' + error.message); }
        \`, { eval: true, workerData: file }).once('message', resolve);
      });
      (async () => {
        const answers = [];
        for (const file of process.argv.slice(2)) answers.push(await answer(file));
        const loaded = process.report.getReport().sharedObjects.filter((path) => /swc/.test(path));
        console.log(JSON.stringify({ answers, loaded }));
      })();`,
    );
    const output = execFileSync(
      process.execPath,
      ['--require', join(__dirname, 'register.cjs'), join(folder, 'main.cjs'), ...files],
      { encoding: 'utf8' },
    );
    const { answers, loaded } = JSON.parse(output) as { answers: unknown[]; loaded: string[] };
    expect(answers).toEqual([1, 'two', expect.stringMatching(/^SyntaxError: [^]*broken\.ts/)]);
    expect(loaded).toEqual([]);
  });
});
