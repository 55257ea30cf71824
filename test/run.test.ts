import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TinyBenchmark } from './tiny-benchmark';

interface RunReport {
  status: string;
  stages: { finished: number; reused: number; failed: number; blocked: number };
  trials: {
    id: string;
    axes: { strategy: string };
    status: string;
    reason?: string;
    stats?: Record<string, number>;
  }[];
  report?: string;
}

let benchmark: TinyBenchmark;
beforeEach(() => {
  benchmark = new TinyBenchmark();
});
afterEach(() => benchmark[Symbol.dispose]());

async function run(...args: string[]): Promise<RunReport & { code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await benchmark.rethink(['run', 'tiny.yaml', '--json', ...args]);
  try {
    return { code, stderr, ...(JSON.parse(stdout) as RunReport) };
  } catch {
    throw new Error(`exit code ${code}\n${stdout}\n${stderr}`);
  }
}

const statuses = (report: RunReport): Record<string, string> =>
  Object.fromEntries(report.trials.map(({ axes, status }) => [axes.strategy, status]));

describe('rethink run', () => {
  it('trains, scores and reports; does nothing the second time; runs again what was lost', async () => {
    const first = await run();
    expect(first).toMatchObject({ code: 0, status: 'done', stages: { failed: 0, reused: 0 } });
    expect(statuses(first)).toEqual({ supervised: 'done', 'self-training': 'done' });
    expect(first.trials.every((trial) => typeof trial.stats?.['AP'] === 'number')).toBe(true);

    const second = await run();
    expect(second).toMatchObject({
      code: 0,
      status: 'unchanged',
      stages: { finished: 0, reused: first.stages.finished },
    });
    expect(second.trials).toEqual(first.trials);

    // One artifact lost by hand: it alone is made again, to the same bits, so that nothing else changes.
    const artifacts = join(benchmark.folder, 'workspace', 'artifacts');
    const evaluated = readdirSync(artifacts, { recursive: true, encoding: 'utf8' }).find((file) =>
      file.endsWith('metrics.json'),
    );
    rmSync(join(artifacts, evaluated as string, '..'), { recursive: true });
    const third = await run();
    expect(third).toMatchObject({ status: 'done', stages: { finished: 1 } });
    expect(third.trials).toEqual(first.trials);

    const out = join(benchmark.folder, 'site');
    const { stdout, code } = await benchmark.rethink(['report', '--out', out]);
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(join(out, 'index.html'));
    expect(readFileSync(stdout.trim(), 'utf8')).toContain('self-training');

    const status = await benchmark.rethink(['status', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      benchmarks: [{ name: 'tiny', trials: [{ status: 'done' }, { status: 'done' }] }],
    });
  });

  it('scores detectors along their training, and trains again only what was not asked to keep its weights', async () => {
    const axes = { strategy: ['supervised'] };
    benchmark.write({ axes });
    const first = await run();
    benchmark.write({ axes, evaluation: { checkpoints: 3 } });
    const second = await run();
    // The training and two points; final detections and scores stay.
    expect(second).toMatchObject({ code: 0, stages: { finished: 1 + 2 + 2, failed: 0 } });
    expect(second.trials.map(({ stats }) => stats)).toEqual(first.trials.map(({ stats }) => stats));
    expect(await run()).toMatchObject({ status: 'unchanged' });

    const { stdout } = await benchmark.rethink(['cost', 'tiny', '--target', '0.0001', '--json']);
    const { rows } = JSON.parse(stdout) as { rows: { curves: { points: { cost: number }[] }[] }[] };
    const costs = rows[0]!.curves[0]!.points.map(({ cost }) => cost);
    expect(costs).toHaveLength(4);
    expect(costs.map((cost) => (cost / costs[3]!).toFixed(6))).toEqual([
      '0.000000',
      '0.333333',
      '0.666667',
      '1.000000',
    ]);
  });

  it('plans what a strategy has to beat, marks it, and drops it when it is not asked for any more', async () => {
    const axes = { strategy: [{ use: 'self-training', options: { scoreThreshold: 0.01 } }] };
    benchmark.write({ axes, controls: 'matched' });
    const report = await run();
    expect(report).toMatchObject({ code: 0, status: 'done', stages: { failed: 0 } });
    // Self-training takes 3 steps of 2 images and 3 of 4, and a look at 6 images.
    expect(report.trials).toMatchObject([
      { axes: { strategy: 'self-training' } },
      {
        status: 'done',
        axes: { strategy: 'supervised', length: expect.closeTo(3, 0) as number },
        control: { of: [{ strategy: 'self-training', length: 1 }] },
      },
    ]);
    const out = join(benchmark.folder, 'site');
    await benchmark.rethink(['report', '--out', out]);
    const page = join(out, 'benchmarks', 'tiny', 'index.html');
    expect(readFileSync(page, 'utf8')).toContain('control of self-training');

    benchmark.write({ axes });
    expect((await run()).status).toBe('unchanged');
    const { stdout } = await benchmark.rethink(['status']);
    expect(stdout).toMatch(/supervised [\d.]+×.*stale/);
  });

  it('goes on after SIGKILL, and ends with the very weights of an undisturbed run', async () => {
    const settings = { axes: { strategy: ['supervised'] }, schedule: { steps: 40 } };
    benchmark.write(settings);
    const killed = await benchmark.rethink(['run', 'tiny.yaml'], {
      onStart: (kill) => {
        const poll = setInterval(() => {
          if (!existsSync(join(benchmark.folder, 'workspace', 'logs'))) return;
          clearInterval(poll);
          setTimeout(() => kill('SIGKILL'), 1500);
        }, 20);
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await run();
    expect(resumed).toMatchObject({ code: 0, status: 'done' });
    using other = new TinyBenchmark(settings);
    await other.rethink(['run', 'tiny.yaml']);
    expect(weights(benchmark)).toEqual(weights(other));
  });

  it('skips the trials of plugins that are broken, hang or exit while planning, fails those that go wrong later, and runs the rest', async () => {
    const strategy = (name: string, body: string, head = '') => `
      import { z } from 'zod';
      ${head}
      export default class Plugin {
        static plugin = { kind: 'strategy', name: '${name}', version: '1.0.0', contract: 1, description: 'x', options: z.strictObject({}) };
        plan({ stages, init, data }) { ${body} }
      }`;
    const custom = (run: string) =>
      `return stages.train({ from: stages.custom('mine', { run: async (context) => { ${run} } }).weights, data: [data.labelled] });`;
    benchmark.plugin('strategy', 'broken', 'export default class {');
    benchmark.plugin('strategy', 'exits', strategy('exits', '', 'process.exit(7);'));
    benchmark.plugin(
      'strategy',
      'throws-later',
      strategy('throws-later', custom("throw new Error('half-way')")),
    );
    benchmark.plugin('strategy', 'exits-later', strategy('exits-later', custom('process.exit(0)')));
    benchmark.write({
      plugins: ['plugins'],
      axes: { strategy: ['supervised', 'broken', 'exits', 'throws-later', 'exits-later'] },
    });
    const report = await run();
    expect(report.code).toBe(3);
    expect(statuses(report)).toEqual({
      supervised: 'done',
      broken: 'skipped',
      exits: 'skipped',
      'throws-later': 'failed',
      'exits-later': 'failed',
    });
    const reasons = Object.fromEntries(report.trials.map(({ axes, reason }) => [axes.strategy, reason]));
    expect(reasons['throws-later']).toContain('half-way');
    expect(reasons['exits']).toContain('ended the process (exit code 7)');
  });

  it('is no success if every trial is skipped, and its last line says how many and why', async () => {
    const missing = {
      use: 'imagenet',
      options: {
        checkpoint: { source: 'nowhere.safetensors', layout: 'timm', cost: { size: 64, source: 'x' } },
      },
    };
    benchmark.write({ axes: { init: [missing], strategy: ['supervised'], seed: [0, 1] } });
    const { code, stdout } = await benchmark.rethink(['run', benchmark.file, '--backend', 'cpu']);
    expect(code).toBe(3);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^Nothing was run\. Skipped 2 of 2 trials: Init "imagenet": The file \S+nowhere\.safetensors does not exist\./,
    );
    const report = await run();
    expect(report).toMatchObject({
      code: 3,
      status: 'skipped',
      skipped: [{ code: 'PATH_MISSING', trials: 2 }],
    });
  });

  it('ends a stage whose loss explodes as diverged, and never takes it for done', async () => {
    benchmark.write({
      axes: { strategy: ['supervised'] },
      schedule: { steps: 60, learningRate: 1e30, optimizer: { type: 'sgd' } },
    });
    const report = await run();
    expect(report.code).toBe(3);
    expect(report.trials[0]).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/diverged|NaN|exploded|finite/i) as string,
    });
    expect((await run()).stages.failed).toBe(1);
  });

  it.each([
    ['an unknown key', { schedule: { stesp: 3 } }, /Did you mean "steps"\?/],
    ['an unknown plugin', { axes: { augmentation: ['s11'] } }, /Did you mean "s1"\?/],
    [
      'an unknown option',
      { axes: { init: [{ use: 'imagenet', options: { step: 3 } }] } },
      /Did you mean "steps"\?/,
    ],
    [
      'a missing data set',
      { dataset: { scenes: undefined, coco: { train: 'no/train.json', val: 'v.json', images: '.' } } },
      /no\/train\.json/,
    ],
  ])('answers %s with file, line and next step', async (_, changes, hint) => {
    benchmark.write(changes);
    const { code, stderr } = await benchmark.rethink(['run', 'tiny.yaml']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/tiny\.yaml:\d+:\d+/);
    expect(stderr).toMatch(hint);
    expect(stderr).not.toMatch(/^\s+at .*\.ts:/m);
  });
});

function weights({ folder }: TinyBenchmark): Buffer[] {
  const artifacts = join(folder, 'workspace', 'artifacts');
  return readdirSync(artifacts, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('weights.safetensors'))
    .map((file) => readFileSync(join(artifacts, file)));
}
