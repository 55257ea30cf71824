import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rethink } from './cli';
import { TinyBenchmark } from './tiny-benchmark';

let benchmark: TinyBenchmark;
beforeAll(() => {
  benchmark = new TinyBenchmark({ axes: { strategy: ['supervised'] } });
});
afterAll(() => benchmark[Symbol.dispose]());

const workspace = (name: string) => join(benchmark.folder, name);

async function json<T>(where: string, ...args: string[]): Promise<{ code: number | null } & T> {
  const flags = ['--json', '--workspace', workspace(where)];
  const { code, stdout, stderr } = await rethink([...args, ...flags], { cwd: benchmark.folder });
  try {
    return { code, ...(JSON.parse(stdout) as T) };
  } catch {
    throw new Error(`exit code ${code}\n${stdout}\n${stderr}`);
  }
}

describe('rethink bundle', () => {
  it('carries results to a workspace where nothing is trained, and verifies them by training', async () => {
    const trained = await json<{ trials: { stats: object }[] }>('first', 'run', 'tiny.yaml');
    const exported = await json('first', 'bundle', 'export', 'tiny');
    expect(exported).toMatchObject({ code: 0, trials: 1, scored: 1, leftOut: [] });

    expect(await json('second', 'bundle', 'import', 'tiny.bundle.zip')).toMatchObject({
      code: 0,
      imported: [{ benchmark: 'tiny', counts: { added: 1 } }],
    });
    const run = await json<{ trials: object[] }>('second', 'run', 'tiny.yaml');
    expect(run).toMatchObject({ code: 0, status: 'unchanged', stages: { finished: 0 } });
    expect(run.trials).toMatchObject([{ status: 'done', stats: trained.trials[0]!.stats }]);
    expect(existsSync(join(workspace('second'), 'artifacts'))).toBe(false);

    expect(await json('first', 'bundle', 'verify', 'tiny.bundle.zip')).toMatchObject({
      code: 0,
      scored: 1,
      disagreements: [],
      reruns: [{ sameStages: true }],
      agreement: { verdict: 'identical', otherCosts: [] },
    });
  });
});
