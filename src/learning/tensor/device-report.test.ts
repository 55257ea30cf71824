import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceReport } from './device-report';
import { diagnoseBackends } from './diagnose';

let folder: string;
const before = process.env.RETHINK_NATIVE;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'device-report-'));
  process.env.RETHINK_NATIVE = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env.RETHINK_NATIVE;
  else process.env.RETHINK_NATIVE = before;
  rmSync(folder, { recursive: true });
});

/** A set-up whose addon logs as TensorFlow does, one line for each GPU that `CUDA_VISIBLE_DEVICES` leaves of these. */
function setUpAddon(device: 'cpu' | 'gpu', gpus: readonly string[], log = '') {
  const variant = 'pretended-r3';
  const write = (name: string, content: unknown) =>
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  mkdirSync(join(folder, variant));
  write('current.json', { device, asked: true, variant });
  write(join(variant, 'manifest.json'), {
    addon: 'addon.js',
    source: 'wheel',
    device,
    tensorflow: '2.21.0',
    tfjsNode: '4.22.0',
  });
  write(
    join(variant, 'addon.js'),
    `const visible = process.env.CUDA_VISIBLE_DEVICES;
     const all = ${JSON.stringify(gpus)};
     const used = visible === undefined ? all : visible.split(',').filter(Boolean).map((i) => all[i]);
     process.stderr.write(${JSON.stringify(log)});
     used.forEach((name, i) => console.error(
       'I0000 00:00:1 gpu_device.cc:2020] Created device /job:localhost/replica:0/task:0/device:GPU:' + i +
       ' with 137694 MB memory:  -> device: ' + i + ', name: ' + name +
       ', pci bus id: 0000:' + i + 'b:00.0, compute capability: 9.0'));
     module.exports = { TF_Version: '2.21.0', isUsingGpuDevice: () => used.length > 0 };`,
  );
}

describe('the report of a backend’s devices', () => {
  it('names the GPUs that TensorFlow opens', async () => {
    setUpAddon('gpu', ['NVIDIA H200', 'NVIDIA A100-SXM4-80GB']);
    const report = await deviceReport('tensorflow', {});
    expect(report).toEqual({
      backend: 'tensorflow',
      build: 'cuda',
      gpus: [
        { index: 0, name: 'NVIDIA H200', memoryBytes: 137694 * 2 ** 20, pciBusId: '0000:0b:00.0' },
        { index: 1, name: 'NVIDIA A100-SXM4-80GB', memoryBytes: 137694 * 2 ** 20, pciBusId: '0000:1b:00.0' },
      ],
    });
    const { gpus } = await deviceReport('tensorflow', { CUDA_VISIBLE_DEVICES: '1' });
    expect(gpus).toMatchObject([{ index: 0, name: 'NVIDIA A100-SXM4-80GB' }]);
  });

  it('gives TensorFlow’s reason where a build with CUDA uses none', async () => {
    const reason = 'failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected';
    setUpAddon('gpu', [], `E0000 00:00:1 cuda_executor.cc:1228] ${reason}\n`);
    expect(await deviceReport('tensorflow', {})).toEqual({
      backend: 'tensorflow',
      build: 'cuda',
      gpus: [],
      reason,
    });
    const [tensorflow] = await diagnoseBackends();
    expect(tensorflow).toMatchObject({ available: true, code: 'BACKEND_NO_GPU' });
    expect(tensorflow!.hint).toContain(reason);
  });

  it('tells a CPU build from one with CUDA', async () => {
    setUpAddon('cpu', []);
    expect(await deviceReport('tensorflow', {})).toEqual({ backend: 'tensorflow', build: 'cpu', gpus: [] });
    expect(await deviceReport('cpu')).toEqual({ backend: 'cpu', build: 'javascript', gpus: [] });
  });

  it('is refused where TensorFlow is not set up or cannot be loaded', async () => {
    await expect(deviceReport('tensorflow', {})).rejects.toMatchObject({ code: 'TENSORFLOW_MISSING' });
    setUpAddon('gpu', []);
    writeFileSync(join(folder, 'pretended-r3', 'addon.js'), 'process.exit(134)');
    await expect(deviceReport('tensorflow', {})).rejects.toMatchObject({ code: 'TENSORFLOW_BROKEN' });
  });
});
