import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { integrate, NvidiaPower, parseSample } from './nvidia-power';
import { StageMeter } from './stage-meter';
import { temporaryFolder } from '../execution/plan.test-helper';

let folder: string;
let remove: () => void;
beforeEach(() => ({ path: folder, remove } = temporaryFolder()));
afterEach(() => {
  vi.unstubAllEnvs();
  remove();
});

/** A program of that name in front of all others, which prints these lines and waits. */
function fakeNvidiaSmi(...lines: string[]): void {
  const file = join(folder, 'nvidia-smi');
  const script = `#!/bin/sh\necho "$@" > ${join(folder, 'arguments')}\ncat <<'END'\n${lines.join('\n')}\nEND\nexec sleep 60\n`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
}

async function sampled(power: { peakMemoryBytes: number }): Promise<void> {
  for (let tries = 0; tries < 100 && power.peakMemoryBytes === 0; tries++) await wait(20);
  await wait(20);
}

const lines = [
  '2026/11/23 22:00:00.000, 100.00, 1024',
  '2026/11/23 22:00:02.000, 200.00, 4096',
  '2026/11/23 22:00:03.000, 200.00, 2048',
];

it('reads what nvidia-smi prints, and knows what the driver does not', () => {
  expect(parseSample(lines[0]!)).toEqual({
    at: Date.UTC(2026, 10, 23, 22),
    watts: 100,
    memoryBytes: 2 ** 30,
  });
  expect(parseSample('2026/11/23 22:00:00.5, [N/A], 12')).toMatchObject({ watts: undefined });
  expect(parseSample('No devices were found')).toBeUndefined();
});

it('integrates power over time', () => {
  expect(integrate([])).toBe(0);
  expect(
    integrate([
      { at: 0, watts: 100 },
      { at: 2000, watts: 200 },
      { at: 3000, watts: 200 },
    ]),
  ).toBe(500);
});

it('samples the GPU of the stage', async () => {
  fakeNvidiaSmi(...lines);
  const power = new NvidiaPower('GPU-5');
  await sampled(power);
  expect(power.stop()).toEqual({ joules: 500, method: 'NVML power of the GPU, 3 samples' });
  expect(power.peakMemoryBytes).toBe(4 * 2 ** 30);
});

it('adds GPU and CPU, and attributes nothing of a GPU that two stages share', async () => {
  fakeNvidiaSmi(...lines);
  for (const shared of [false, true]) {
    const meter = new StageMeter({ RETHINK_GPU: '0', ...(shared ? { RETHINK_GPU_SHARED: '1' } : {}) });
    await sampled((meter as unknown as { gpu: NvidiaPower }).gpu);
    const { energy, peakDeviceMemoryBytes } = meter.stop();
    if (shared) {
      expect(energy).toBeUndefined();
      expect(peakDeviceMemoryBytes).toBeUndefined();
    } else {
      expect(energy!.joules).toBeGreaterThan(500);
      expect(energy!.method).toMatch(/^(RAPL|estimate).* \+ NVML/);
      expect(peakDeviceMemoryBytes).toBe(4 * 2 ** 30);
    }
  }
});

it('has no figure where a GPU is used whose power nobody knows', async () => {
  fakeNvidiaSmi('2026/11/23 22:00:00.000, [N/A], 10', '2026/11/23 22:00:01.000, [N/A], 10');
  const meter = new StageMeter({ RETHINK_GPU: '0' });
  await sampled((meter as unknown as { gpu: NvidiaPower }).gpu);
  expect(meter.stop().energy).toBeUndefined();
});

it('without a GPU it counts or estimates the processor, and says how', () => {
  const { energy, peakMemoryBytes } = new StageMeter({}).stop();
  expect(energy!.joules).toBeGreaterThan(0);
  expect(energy!.method).toMatch(/RAPL|Green Algorithms/);
  expect(peakMemoryBytes).toBeGreaterThan(1e7);
});
