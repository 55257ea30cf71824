import { describe, expect, it } from 'vitest';
import { parseCpuList, parseCpuQuota, planSlots } from './slots';
import type { Gpu } from '../../core/plan/gpu';
import { stageEnvironment } from './stage-environment';

const gpus = [0, 1].map((index): Gpu => ({ uuid: `GPU-${index}`, label: `GPU ${index}`, name: 'T1000' }));

describe('planSlots', () => {
  const cpu = { count: 4, cores: [2, 3, 6, 7] };
  const gpusOf = (...given: Parameters<typeof planSlots>) =>
    planSlots(...given).flatMap(({ gpu }) => (gpu === undefined ? [] : [gpus.indexOf(gpu)]));

  it('gives each slot cores of its own', () => {
    expect(planSlots(cpu, { threads: 1 }).map(({ cores }) => cores)).toEqual([[2], [3], [6], [7]]);
    expect(planSlots(cpu, { threads: 2 }).map(({ cores }) => cores)).toEqual([
      [2, 3],
      [6, 7],
    ]);
    expect(planSlots(cpu, { threads: 1, requested: 2 }).map(({ cores }) => cores)).toEqual([[2], [3]]);
  });

  it('pins nothing where there are more slots than cores, or the cores are not ours alone', () => {
    expect(planSlots(cpu, { threads: 1, requested: 5 }).every(({ cores }) => cores.length === 0)).toBe(true);
    expect(planSlots({ count: 2, cores: [] }, { threads: 1 })).toEqual([
      { number: 1, cores: [] },
      { number: 2, cores: [] },
    ]);
  });

  it('always has a slot, and goes round the GPUs', () => {
    expect(planSlots({ count: 1, cores: [0] }, { threads: 4 })).toHaveLength(1);
    expect(gpusOf(cpu, { threads: 1, gpus })).toEqual([0, 1]);
    expect(gpusOf(cpu, { threads: 1, gpus, requested: 3 })).toEqual([0, 1, 0]);
  });

  it('divides the cores among the GPUs, and leaves some to stages that use none', () => {
    const cores = Array.from({ length: 16 }, (_, core) => core);
    const slots = planSlots({ count: 16, cores }, { threads: 1, gpus });
    expect(slots.map((slot) => slot.cores.length)).toEqual([7, 7, 1, 1]);
    expect(slots.map(({ gpu }) => gpu?.label)).toEqual(['GPU 0', 'GPU 1', undefined, undefined]);
    expect(new Set(slots.flatMap((slot) => slot.cores)).size).toBe(16);
    expect(planSlots({ count: 2, cores: [0, 1] }, { threads: 1, gpus }).map((slot) => slot.cores)).toEqual([
      [],
      [],
      [],
    ]);
  });

  it("reads the kernel's lists and quotas", () => {
    expect(parseCpuList('0-2,5\n')).toEqual([0, 1, 2, 5]);
    expect(parseCpuList('')).toEqual([]);
    expect(parseCpuQuota('max 100000\n')).toBeUndefined();
    expect(parseCpuQuota('250000 100000\n')).toBe(2);
    expect(parseCpuQuota('50000 100000\n')).toBe(1);
    expect(parseCpuQuota(undefined)).toBeUndefined();
  });
});

describe('stageEnvironment', () => {
  it('lets nothing through that is not on its list, and no secrets that are', () => {
    const host = {
      PATH: '/bin',
      LC_ALL: 'C.UTF-8',
      DATABASE_URL: 'postgres://user:password@host',
      RETHINK_DATABASE: 'postgres://user:password@host',
      NODE_OPTIONS: '--inspect',
      TF_API_TOKEN: 'x',
      CUDA_VISIBLE_DEVICES: '4,7',
    };
    expect(stageEnvironment(host, 'train', { number: 1, cores: [], gpu: gpus[1] }, 3)).toEqual({
      PATH: '/bin',
      LC_ALL: 'C.UTF-8',
      TF_NUM_INTRAOP_THREADS: '3',
      TF_NUM_INTEROP_THREADS: '1',
      OMP_NUM_THREADS: '3',
      TF_CPP_MIN_LOG_LEVEL: '2',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      CUDA_VISIBLE_DEVICES: 'GPU-1',
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      RETHINK_GPU: 'GPU-1',
    });
  });

  it('says that another stage computes on the same GPU', () => {
    const slots = planSlots({ count: 8, cores: [] }, { threads: 1, gpus, requested: 3 });
    expect(slots.map(({ sharesGpu }) => sharesGpu)).toEqual([true, undefined, true, undefined, undefined]);
    expect(stageEnvironment({}, 'train', slots[0]!, 1)).toMatchObject({
      RETHINK_GPU: 'GPU-0',
      RETHINK_GPU_MEMORY_SHARE: '0.45',
      RETHINK_GPU_SHARED: '1',
    });
    expect(stageEnvironment({}, 'train', slots[1]!, 1)).not.toHaveProperty('RETHINK_GPU_SHARED');
  });

  it('gives the way to the hub to stages that fetch weights, and to no others', () => {
    const host = {
      HF_TOKEN: 'hf_x',
      HF_ENDPOINT: 'http://mirror',
      https_proxy: 'http://proxy',
      AWS_TOKEN: 'x',
    };
    const slot = { number: 0, cores: [] };
    const { AWS_TOKEN: _, ...hub } = host;
    expect(stageEnvironment(host, 'checkpoint', slot, 1)).toMatchObject(hub);
    expect(stageEnvironment(host, 'checkpoint', slot, 1)).not.toHaveProperty('AWS_TOKEN');
    for (const name of Object.keys(host)) {
      expect(stageEnvironment(host, 'custom', slot, 1)).not.toHaveProperty(name);
    }
  });
});
