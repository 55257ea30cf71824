import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { ArtifactStore } from '../src/core/artifact/artifact-store';
import { readOutcomeFile } from '../src/core/plan/outcome-file';
import { FakeNvidiaSmi } from '../src/core/process/nvidia-smi.test-helper';
import { findNativeSetUp } from '../src/learning/tensor/native/addon';
import { TinyBenchmark } from './tiny-benchmark';

afterEach(() => void vi.unstubAllEnvs());

const isForGpus = findNativeSetUp().manifest.device === 'gpu';

it.skipIf(isForGpus)(
  'says what is wrong where the machine has GPUs that the installed TensorFlow cannot use',
  async () => {
    using benchmark = new TinyBenchmark();
    new FakeNvidiaSmi(benchmark.folder, [{}, {}]);
    vi.stubEnv('RETHINK_GPUS', undefined);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    const [doctor, plan, asked, quiet, wrong] = await Promise.all([
      benchmark.rethink(['doctor', '--json']),
      benchmark.rethink(['plan', benchmark.file]),
      benchmark.rethink(['run', benchmark.file, '--gpus', '1']),
      benchmark.rethink(['doctor', '--gpus', 'none']),
      benchmark.rethink(['plan', benchmark.file, '--gpus', 'all of them']),
    ]);
    const { findings } = JSON.parse(doctor.stdout) as { findings: { subject: string }[] };
    expect(findings.find(({ subject }) => subject === 'gpus')).toEqual({
      status: 'note',
      subject: 'gpus',
      code: 'GPU_CPU_BUILD',
      message: 'The installed TensorFlow is for the CPU, so it cannot use 2 × NVIDIA T1000.',
      hint: 'Run: npm run tensorflow -- --gpu (or choose --gpus none)',
    });
    expect(plan.stderr).toContain(
      'warning: The installed TensorFlow is for the CPU, so it cannot use 2 × NVIDIA T1000.',
    );
    expect(plan.stderr).toContain('npm run tensorflow -- --gpu');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('The installed TensorFlow is for the CPU');
    expect(quiet.stdout).not.toContain('T1000');
    expect(wrong.stderr).toContain('expected none, a number of GPUs, or a list as in 0,2');
  },
  120_000,
);

/**
 * TensorFlow for the CPU that pretends to be one for GPUs: it claims to have opened GPUs unless it runs in a stage, where
 * it computes on the CPU.
 */
function pretendCuda(folder: string, count: number): void {
  const { addon, manifest } = findNativeSetUp();
  const variant = 'tensorflow-2.21-gpu-pretended-r0';
  const opened = Array.from(
    { length: count },
    (_, index) =>
      `Created device /job:localhost/replica:0/task:0/device:GPU:${index} with 14000 MB memory:  -> device: ${index}, ` +
      `name: NVIDIA T1000, pci bus id: ${FakeNvidiaSmi.bus(index).slice(4)}, compute capability: 8.0`,
  );
  const isStage = `process.env.RETHINK_GPU !== undefined`;
  mkdirSync(join(folder, variant), { recursive: true });
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  write('current.json', JSON.stringify({ device: 'gpu', asked: true, variant }));
  write(
    join(variant, 'manifest.json'),
    JSON.stringify({ ...manifest, device: 'gpu', addon: 'addon.cjs', mute: undefined }),
  );
  write(
    join(variant, 'addon.cjs'),
    `const real = require(${JSON.stringify(addon)});
     if (!${isStage}) console.error(${JSON.stringify(opened.join('\n'))});
     module.exports = Object.create(real, {
       isUsingGpuDevice: { value: () => !(${isStage}), enumerable: true },
     });`,
  );
  vi.stubEnv('RETHINK_NATIVE', folder);
}

it('computes on the GPUs of the machine, each stage on one, and records where', async () => {
  using benchmark = new TinyBenchmark();
  pretendCuda(join(benchmark.folder, 'native'), 2);
  new FakeNvidiaSmi(benchmark.folder, [{}, {}]);
  vi.stubEnv('RETHINK_GPUS', undefined);
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  const only = [benchmark.file, '--only', 'strategy=supervised'];
  const plan = await benchmark.rethink(['plan', ...only, '--json']);
  const { forecast } = JSON.parse(plan.stdout) as { forecast: { slots: number; gpus: { label: string }[] } };
  expect(forecast.gpus.map(({ label }) => label)).toEqual(['GPU 0', 'GPU 1']);
  expect(forecast.slots).toBe(2);
  const run = await benchmark.rethink(['run', ...only, '--gpus', '1,']);
  expect(run.stderr).not.toContain('warning');
  expect(run.code).toBe(0);
  const store = new ArtifactStore(join(benchmark.folder, 'workspace'));
  const outcomes = store.keys().map((key) => readOutcomeFile(store.folder(key)));
  const where = outcomes.map(({ stage, ledger }) => `${stage.kind}: ${ledger.slot}, ${ledger.device}`).sort();
  expect(where).toEqual([
    'detect: 1 (GPU 1), NVIDIA T1000',
    expect.stringMatching(/^evaluate: 2, .* 1 thread$/),
    'train: 1 (GPU 1), NVIDIA T1000',
  ]);
  expect(outcomes[0]!.environment).toMatchObject({
    gpu: 'NVIDIA T1000',
    engine: expect.stringMatching(/^TensorFlow .* \(gpu\)/) as string,
  });
}, 240_000);
