import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { stageKey, type EngineIdentity } from '../../../host/planning/stage-key';
import { packageFolder } from '../../../core/files/package-folder';

const run = promisify(execFile);
const root = packageFolder;

/** SHA-256 of all state after five steps in a process of its own. */
async function digest(threads: number): Promise<string> {
  const file = join(__dirname, 'threads.test-helper.ts');
  const args = ['--require', join(root, 'src', 'register.cjs'), file, String(threads)];
  return (await run(process.execPath, args, { cwd: root })).stdout;
}

it.each([1, 2])(
  'five steps give the same bits in every process with %i threads',
  async (threads) => {
    const [first, second] = await Promise.all([digest(threads), digest(threads)]);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
  },
  60_000,
);

it('another number of threads, whose bits may differ, is another stage', () => {
  const engine = { backend: 'tensorflow', version: 'x', precision: 'float32' } as const;
  const key = (threads: number) =>
    stageKey({ kind: 'train', parameters: {} } as Parameters<typeof stageKey>[0], 0, {}, {
      ...engine,
      threads,
    } satisfies EngineIdentity);
  expect(key(2)).not.toBe(key(1));
});
