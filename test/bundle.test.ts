import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TinyBenchmark } from './tiny-benchmark';

let benchmark: TinyBenchmark;
beforeAll(() => {
  benchmark = new TinyBenchmark({ axes: { strategy: ['supervised'] } });
});
afterAll(() => benchmark[Symbol.dispose]());

async function json<T>(...args: string[]): Promise<{ code: number | null } & T> {
  const { code, stdout, stderr } = await benchmark.rethink([...args, '--json']);
  try {
    return { code, ...(JSON.parse(stdout) as T) };
  } catch {
    throw new Error(`exit code ${code}\n${stdout}\n${stderr}`);
  }
}

describe('rethink bundle', () => {
  it('carries results to a workspace where nothing is trained, and verifies them by training', async () => {
    const trained = await json<{ trials: { stats: object }[] }>('run', 'tiny.yaml');
    expect(await json('bundle', 'export', 'tiny')).toMatchObject({
      code: 0,
      trials: 1,
      scored: 1,
      leftOut: [],
    });

    const first = join(benchmark.folder, 'workspace');
    const second = join(benchmark.folder, 'second');
    const there = (...args: string[]) => json<{ trials?: object[] }>(...args, '--workspace', second);
    expect(await there('bundle', 'import', 'tiny.bundle.zip')).toMatchObject({
      code: 0,
      imported: [{ benchmark: 'tiny', counts: { added: 1 } }],
    });
    const run = await there('run', 'tiny.yaml');
    expect(run).toMatchObject({ code: 0, status: 'unchanged', stages: { finished: 0 } });
    expect(run.trials).toMatchObject([{ status: 'done', stats: trained.trials[0]!.stats }]);
    expect(existsSync(join(second, 'artifacts'))).toBe(false);

    expect(await json('bundle', 'verify', 'tiny.bundle.zip', '--workspace', first)).toMatchObject({
      code: 0,
      scored: 1,
      disagreements: [],
      reruns: [{ sameStages: true }],
      agreement: { verdict: 'identical', otherCosts: [] },
    });
  });
});
