import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { MachineCalibration } from '../src/host/forecast/calibration';
import { TinyBenchmark } from './tiny-benchmark';

let benchmark: TinyBenchmark;
beforeEach(() => {
  benchmark = new TinyBenchmark();
  benchmark.write({ cost: { currency: 'EUR', perDeviceHour: 3600, source: 'a round number' } });
});
afterEach(() => benchmark[Symbol.dispose]());

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await benchmark.rethink([...args, '--json']);
  if (code !== 0) throw new Error(`exit code ${code}\n${stdout}\n${stderr}`);
  return JSON.parse(stdout) as T;
}

interface Totals {
  stages: number;
  flops: number;
  deviceSeconds: number | null;
  wallSeconds: number | null;
  money: number | null;
  unknown: number;
  byRate: number;
}
interface Planned {
  stages: unknown[];
  forecast: { whole: Totals; remaining: Totals; factors: { moneySource: string } };
}
interface Check {
  stages: number;
  forecast: { flops: number; deviceSeconds: number };
  actual: { flops: number; deviceSeconds: number };
}

it('plan counts before a calibration and times after it; run and status hold the forecast against the ledgers', async () => {
  const before = await json<Planned>('plan', 'tiny.yaml');
  expect(before.forecast.whole.flops).toBeGreaterThan(1e6);
  expect(before.forecast.whole).toMatchObject({ deviceSeconds: null, wallSeconds: null, money: null });

  const measured = await json<MachineCalibration & { measured: number; missed: number }>(
    'calibrate',
    'tiny.yaml',
  );
  expect(measured).toMatchObject({ missed: 0, failed: [] });
  expect(measured.workloads.map(({ kind }) => kind).sort()).toEqual([
    'evaluate',
    'inference',
    'train',
    'train',
  ]);
  for (const { overheadSeconds, secondsPerUnit } of measured.workloads) {
    expect(overheadSeconds).toBeGreaterThan(0);
    expect(secondsPerUnit).toBeGreaterThan(0);
  }
  expect(await json('calibrate', 'tiny.yaml')).toMatchObject({ measured: 0, missed: 0 });

  const { forecast, stages } = await json<Planned>('plan', 'tiny.yaml');
  expect(forecast.whole).toMatchObject({ stages: stages.length, unknown: 0, byRate: 0 });
  expect(forecast.remaining).toEqual(forecast.whole);
  expect(forecast.whole.money).toBeCloseTo(forecast.whole.deviceSeconds!, 9);
  expect(forecast.factors.moneySource).toBe('a round number');

  const run = await json<{ forecast: Check }>('run', 'tiny.yaml');
  expect(run.forecast.stages).toBe(stages.length);
  // Counted from the architecture, and metered from the kernels that ran.
  expect(run.forecast.actual.flops / run.forecast.forecast.flops).toBeCloseTo(1, 1);
  const status = await json<{ benchmarks: { forecast: Check }[] }>('status');
  expect(status.benchmarks[0]!.forecast.actual).toEqual(run.forecast.actual);
  const after = await json<Planned>('plan', 'tiny.yaml');
  expect(after.forecast.remaining).toMatchObject({ stages: 0, flops: 0, wallSeconds: 0 });
}, 120_000);

it('a plugin’s own stage counts what the plugin declares, and without that makes FLOPs a lower bound', async () => {
  for (const [name, declares] of [
    ['silent', ''],
    ['counted', 'context.declareFlops(1000); context.declareFlops(234);'],
  ] as const) {
    benchmark.plugin(
      'strategy',
      name,
      `import { z } from 'zod';
      export default class Own {
        static readonly plugin = { kind: 'strategy', name: '${name}', version: '1.0.0', contract: 1, description: 'a stage of its own', options: z.strictObject({}) };
        plan({ stages, init, augmentation, data }) {
          const { weights } = stages.custom('mine', { run: async (context) => { ${declares} await context.write.weights({}); } });
          return stages.train({ from: weights, data: [data.labelled], augmentation });
        }
      }`,
    );
  }
  benchmark.write({ plugins: ['plugins'], axes: { strategy: ['silent', 'counted'] } });
  await json('run', 'tiny.yaml');
  const site = join(benchmark.folder, 'site');
  await json('report', '--out', site);
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /trials.*(silent|counted).*\.html$/.test(name),
  );
  expect(pages).toHaveLength(2);
  for (const page of pages) {
    const isBound = readFileSync(join(site, page), 'utf8').includes('FLOPs are a lower bound');
    expect(isBound, page).toBe(page.includes('silent'));
  }
}, 60_000);
