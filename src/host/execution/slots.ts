import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Runs one stage at a time: a share of the CPU, perhaps with a GPU. */
export interface Slot {
  /** From 1, as shown. */
  readonly number: number;
  /** Cores to which the stage is pinned; empty: the system chooses. */
  readonly cores: readonly number[];
  /** Index of the CUDA device. */
  readonly gpu?: number;
  /** Whether another slot has the same GPU, so that its energy cannot be attributed to one stage. */
  readonly sharesGpu?: boolean;
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
 * One slot a core (of `threads` cores), or one a GPU; `requested` overrides the number. Slots own their cores while
 * there are enough of them; else nothing is pinned.
 */
export function planSlots(
  cpu: CpuShare,
  { threads, gpus = 0, requested }: { threads: number; gpus?: number; requested?: number },
): Slot[] {
  const count = requested ?? (gpus > 0 ? gpus : Math.max(1, Math.floor(cpu.count / threads)));
  const pinned = cpu.cores.length >= count * threads;
  // Slots with that GPU: its index, and every `gpus`-th after it.
  const isShared = (gpu: number) => gpu + gpus < count;
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    cores: pinned ? cpu.cores.slice(index * threads, (index + 1) * threads) : [],
    ...(gpus > 0 ? { gpu: index % gpus, ...(isShared(index % gpus) ? { sharesGpu: true } : {}) } : {}),
  }));
}
