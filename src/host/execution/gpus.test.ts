import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeGpu, FakeNvidiaSmi } from '../../core/process/nvidia-smi.test-helper';
import type { DeviceReport } from '../../learning/tensor/device-report';
import { formatGpus } from '../../core/plan/gpu';
import { chooseGpus, isLost, type GpuRequest } from './gpus';
import { temporaryFolder } from './plan.test-helper';

let folder: string;
let remove: () => void;
beforeEach(() => ({ path: folder, remove } = temporaryFolder()));
afterEach(() => {
  vi.unstubAllEnvs();
  remove();
});

const { uuid, bus } = FakeNvidiaSmi;
const many = (count: number): FakeGpu[] => Array.from({ length: count }, () => ({}));

/** TensorFlow with CUDA that can use the GPUs of these indices. */
function cuda(...indices: number[]): DeviceReport {
  const gpus = indices.map((index, at) => ({
    index: at,
    name: 'T1000',
    pciBusId: bus(index).slice(4).toLowerCase(),
  }));
  return { backend: 'tensorflow', build: 'cuda', gpus };
}

const cpuBuild: DeviceReport = { backend: 'tensorflow', build: 'cpu', gpus: [] };

function choose(report: DeviceReport, request: Partial<GpuRequest> = {}, visible?: string) {
  const environment = visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible };
  return chooseGpus({
    backend: report.backend,
    environment,
    report: () => Promise.resolve(report),
    ...request,
  });
}

async function labels(...given: Parameters<typeof choose>): Promise<string[]> {
  return (await choose(...given)).gpus.map(({ label }) => label);
}

describe('chooseGpus', () => {
  it.each([1, 2, 8])('takes all of %d GPUs', async (count) => {
    new FakeNvidiaSmi(folder, many(count));
    const indices = Array.from({ length: count }, (_, index) => index);
    const { gpus, note } = await choose(cuda(...indices));
    expect(gpus.map(({ label }) => label)).toEqual(indices.map((index) => `GPU ${index}`));
    expect(gpus[0]).toMatchObject({ uuid: uuid(0), name: 'NVIDIA T1000', memoryBytes: 2 ** 34 });
    expect(note).toBeUndefined();
  });

  it('follows CUDA_VISIBLE_DEVICES: indices, UUIDs and their beginnings; an invalid entry ends the list', async () => {
    new FakeNvidiaSmi(folder, many(4));
    const all = cuda(0, 1, 2, 3);
    const seen = (value: string) => labels(all, {}, value);
    expect(await seen('2,0')).toEqual(['GPU 2', 'GPU 0']);
    expect(await seen(`${uuid(3)}, GPU-1111`)).toEqual(['GPU 3', 'GPU 1']);
    expect(await seen('1,9,0')).toEqual(['GPU 1']);
    expect(await seen('1,-1,0')).toEqual(['GPU 1']);
    for (const none of ['', '-1', 'NoDevFiles', 'GPU-']) expect(await seen(none)).toEqual([]);
  });

  it('takes the MIG devices of a partitioned GPU', async () => {
    new FakeNvidiaSmi(folder, [{ mig: ['1g.5gb', '2g.10gb'] }, {}]);
    const { gpus } = await choose(cuda(0, 1));
    expect(gpus.map(({ label, name }) => `${label}: ${name}`)).toEqual([
      'GPU 0 MIG 0: NVIDIA T1000 MIG 1g.5gb',
      'GPU 0 MIG 1: NVIDIA T1000 MIG 2g.10gb',
      'GPU 1: NVIDIA T1000',
    ]);
    expect(await labels(cuda(0, 1), {}, 'MIG-01-part')).toEqual(['GPU 0 MIG 1']);
    expect(await labels(cuda(0, 1), {}, '0')).toEqual(['GPU 0 MIG 0']);
  });

  it('leaves out what TensorFlow cannot use, and says why where that is all', async () => {
    new FakeNvidiaSmi(folder, many(2));
    expect(await labels(cuda(1))).toEqual(['GPU 1']);
    expect(await choose(cpuBuild)).toEqual({
      gpus: [],
      note: {
        code: 'GPU_CPU_BUILD',
        message: 'The installed TensorFlow is for the CPU, so it cannot use 2 × NVIDIA T1000.',
        hint: 'Run: npm run tensorflow -- --gpu (or choose --gpus none)',
      },
    });
    const { note } = await choose({ ...cuda(), reason: 'libcudnn.so.9 not found.' });
    expect(note).toMatchObject({
      code: 'GPU_UNUSABLE',
      message: 'TensorFlow cannot use 2 × NVIDIA T1000: libcudnn.so.9 not found.',
    });
  });

  it('takes those that are requested', async () => {
    new FakeNvidiaSmi(folder, many(3));
    const all = cuda(0, 1, 2);
    const take = (requested: string, visible?: string) => labels(all, { requested }, visible);
    expect(await take('none')).toEqual([]);
    expect(await take('2')).toEqual(['GPU 0', 'GPU 1']);
    expect(await take('2,')).toEqual(['GPU 2']);
    expect(await take(`2,${uuid(0)}`)).toEqual(['GPU 2', 'GPU 0']);
    await expect(take('4')).rejects.toThrow(
      '4 GPUs were requested, but 3 can be used: GPU 0 (NVIDIA T1000), GPU 1 (NVIDIA T1000), GPU 2 (NVIDIA T1000).',
    );
    await expect(take('0,7')).rejects.toThrow('GPU "7" cannot be used; these can: GPU 0');
    await expect(take('0,', '1')).rejects.toThrow('GPU "0" cannot be used; these can: GPU 1');
    await expect(take('1', '')).rejects.toThrow('CUDA_VISIBLE_DEVICES hides all GPUs of this machine.');
    await expect(choose(cpuBuild, { requested: '1' })).rejects.toMatchObject({
      code: 'GPUS_UNAVAILABLE',
      hint: 'Run: npm run tensorflow -- --gpu (or choose --gpus none)',
    });
    await expect(
      choose({ backend: 'cpu', build: 'javascript', gpus: [] }, { requested: '1' }),
    ).rejects.toThrow('The backend cpu uses no GPU.');
  });

  it('never waits for, nor believes, an nvidia-smi in trouble', async () => {
    const smi = new FakeNvidiaSmi(folder);
    const note = async () => (await choose(cuda(0), { timeoutMs: 300 })).note?.message;
    smi.hang();
    expect(await note()).toBe('nvidia-smi did not answer within 0.3 s.');
    smi.print(['Segmentation fault', '<html>'], [], 0);
    expect(await note()).toBe('nvidia-smi printed no GPU but "Segmentation fault".');
    smi.print(["NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."], [], 9);
    expect(await note()).toBe(
      "nvidia-smi failed: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
    );
    smi.print(['No devices were found'], [], 6);
    expect(await choose(cuda(0))).toEqual({ gpus: [] });
    await expect(choose(cuda(0), { requested: '1' })).rejects.toThrow('This machine has no NVIDIA GPU.');
    smi.list(many(2), [0]);
    expect(await labels(cuda(0, 1))).toEqual(['GPU 1']);
    vi.stubEnv('PATH', folder);
    smi.remove();
    expect(await choose(cuda(0))).toEqual({ gpus: [] });
  });

  it('has the one adapter of WebGPU', async () => {
    const report: DeviceReport = {
      backend: 'webgpu',
      build: 'webgpu',
      gpus: [{ index: 0, name: 'amd rdna' }],
    };
    expect(await choose(report)).toEqual({ gpus: [{ label: 'GPU', name: 'amd rdna' }] });
    await expect(choose(report, { requested: '2' })).rejects.toThrow('webgpu chooses its GPU itself');
    expect(await choose({ ...report, gpus: [] })).toEqual({ gpus: [] });
  });
});

it('notices a GPU that is gone, and only that', async () => {
  const smi = new FakeNvidiaSmi(folder, many(2));
  const gpu = { uuid: uuid(1), label: 'GPU 1', name: 'x' };
  expect(await isLost(gpu)).toBe(false);
  smi.list(many(2), [0]);
  expect(await isLost(gpu)).toBe(false);
  smi.list(many(2), [1]);
  expect(await isLost(gpu)).toBe(true);
  smi.print(['No devices were found'], [], 6);
  expect(await isLost(gpu)).toBe(true);
  smi.print(['nonsense']);
  expect(await isLost(gpu)).toBe(false);
});

it('counts equal GPUs in text', () => {
  expect(formatGpus([])).toBeUndefined();
  expect(formatGpus([{ name: 'A' }, { name: 'B' }, { name: 'A' }])).toBe('2 × A, B');
});
