/** A GPU, or a MIG device of one, that stages can compute on. */
export interface Gpu {
  /** What `CUDA_VISIBLE_DEVICES` selects it by; absent for a backend that chooses the GPU itself. */
  readonly uuid?: string;
  /** For people: `GPU 0`, or `GPU 0 MIG 1`. */
  readonly label: string;
  readonly name: string;
  readonly memoryBytes?: number;
  /** Whether it is a MIG device: its GPU's power draw cannot be attributed to it. */
  readonly isPart?: boolean;
}

/** `2 × NVIDIA H100, NVIDIA A2`; undefined without GPUs. */
export function formatGpus(gpus: readonly Pick<Gpu, 'name'>[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { name } of gpus) counts.set(name, (counts.get(name) ?? 0) + 1);
  const parts = [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`));
  return parts.length === 0 ? undefined : parts.join(', ');
}
