import { afterEach, expect, it, vi } from 'vitest';
import { FakeNvidiaSmi } from '../src/core/process/nvidia-smi.test-helper';
import { TinyBenchmark } from './tiny-benchmark';

afterEach(() => void vi.unstubAllEnvs());

// The installed TensorFlow is for the CPU wherever these tests run; `RETHINK_GPUS` may be set there.
it('says what is wrong where the machine has GPUs that the installed TensorFlow cannot use', async () => {
  using benchmark = new TinyBenchmark();
  new FakeNvidiaSmi(benchmark.folder, [{}, {}]);
  vi.stubEnv('RETHINK_GPUS', undefined);
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  const doctor = await benchmark.rethink(['doctor', '--json']);
  const { findings } = JSON.parse(doctor.stdout) as { findings: { subject: string }[] };
  expect(findings.find(({ subject }) => subject === 'gpus')).toEqual({
    status: 'note',
    subject: 'gpus',
    code: 'GPU_CPU_BUILD',
    message: 'The installed TensorFlow is for the CPU, so it cannot use 2 × NVIDIA T1000.',
    hint: 'Run: npm run tensorflow -- --gpu (or choose --gpus none)',
  });
  const plan = await benchmark.rethink(['plan', benchmark.file]);
  expect(plan.stderr).toContain(
    'warning: The installed TensorFlow is for the CPU, so it cannot use 2 × NVIDIA T1000.',
  );
  expect(plan.stderr).toContain('npm run tensorflow -- --gpu');
  const asked = await benchmark.rethink(['run', benchmark.file, '--gpus', '1']);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain('The installed TensorFlow is for the CPU');
  const quiet = await benchmark.rethink(['plan', benchmark.file, '--gpus', 'none']);
  expect(quiet.stderr).not.toContain('T1000');
  const wrong = await benchmark.rethink(['plan', benchmark.file, '--gpus', 'all of them']);
  expect(wrong.stderr).toContain('expected none, a number of GPUs, or a list as in 0,2');
}, 120_000);
