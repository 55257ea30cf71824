import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Gpu } from '../../core/plan/gpu';

/** Runs one stage at a time: a share of the CPU, perhaps with a GPU. */
export interface Slot {
  /** From 1, as shown. */
  readonly number: number;
  /** Cores to which the stage is pinned; empty: the system chooses. */
  readonly cores: readonly number[];
  readonly gpu?: Gpu;
  /** Whether another slot has the same GPU, so that its energy cannot be attributed to one stage. */
  readonly sharesGpu?: boolean;
  /** Share of the GPU's memory that a stage may take, where other slots have the same GPU. */
  readonly memoryShare?: number;
}

/** Of a GPU's memory for the stages that share it; the rest is for CUDA itself. */
const SHARED_MEMORY = 0.9;

/** `2`, or `2 (GPU 1)`. */
export function formatSlot({ number, gpu }: Pick<Slot, 'number' | 'gpu'>): string {
  return gpu === undefined ? String(number) : `${number} (${gpu.label})`;
}

export interface SlotRequest {
  /** Threads of the tensor engine in a stage. */
  readonly threads: number;
  readonly gpus?: readonly Gpu[];
  /** Number of slots, or of slots with a GPU where there are GPUs. */
  readonly requested?: number;
}

/** The CPU that this process may use. */
export interface CpuShare {
  readonly count: number;
  /** Numbers of the cores; empty if unknown or shared with others (a quota without a set of cores). */
  readonly cores: readonly number[];
}

/** Parses the kernel's list format, for instance `0-3,8`. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first, last = first] = part.split('-').map(Number) as [number, number?];
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** CPUs that a container's quota allows (cgroup v2 `cpu.max`: `<quota> <period>`); `undefined` without a quota. */
export function parseCpuQuota(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined;
  return Math.max(1, Math.floor(quota / period));
}

export function readCpuShare(): CpuShare {
  const status = readIfThere('/proc/self/status') ?? '';
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1];
  const cores = list === undefined ? [] : parseCpuList(list);
  const count = cores.length > 0 ? cores.length : availableParallelism();
  const quota = parseCpuQuota(readIfThere('/sys/fs/cgroup/cpu.max'));
  // Under a quota other containers use the same cores: all of them pinned to core 0 would be worse than no pinning.
  return quota !== undefined && quota < count ? { count: quota, cores: [] } : { count, cores };
}

/**
 * One slot a core (of `threads` cores). With GPUs: one slot a GPU, and beside them slots without a GPU for stages that
 * do not use the engine, on a quarter of the cores at most. Slots are pinned to their cores while there are enough of
 * them.
 */
export function planSlots(cpu: CpuShare, request: SlotRequest): Slot[] {
  const { threads, gpus = [], requested } = request;
  if (gpus.length === 0) {
    const count = requested ?? Math.max(1, Math.floor(cpu.count / threads));
    return slotsOf(cpu, Array<number>(count).fill(threads));
  }
  const count = requested ?? gpus.length;
  const beside = Math.max(1, Math.min(count, Math.floor(cpu.count / 4 / threads)));
  const each = Math.max(threads, Math.floor((cpu.count - beside * threads) / count));
  const cores = [...Array<number>(count).fill(each), ...Array<number>(beside).fill(threads)];
  return slotsOf(cpu, cores).map((slot, index) => {
    if (index >= count) return slot;
    const at = index % gpus.length;
    // Slots with that GPU: its index, and every `gpus.length`-th after it.
    const sharers = Math.ceil((count - at) / gpus.length);
    const shared = { sharesGpu: true, memoryShare: SHARED_MEMORY / sharers };
    return { ...slot, gpu: gpus[at]!, ...(sharers > 1 && shared) };
  });
}

/** @param counts cores of each slot; no slot is pinned where there are too few */
function slotsOf({ cores }: CpuShare, counts: readonly number[]): Slot[] {
  const isPinned = cores.length >= counts.reduce((sum, count) => sum + count, 0);
  let next = 0;
  return counts.map((count, index) => ({
    number: index + 1,
    cores: isPinned ? cores.slice(next, (next += count)) : [],
  }));
}
