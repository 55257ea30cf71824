import { readFileSync, writeFileSync } from 'node:fs';

export interface Milliseconds {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Runs `f` `warmup` times, then `steps` times with a clock. */
export async function measure(
  f: () => Promise<unknown>,
  { warmup, steps }: { warmup: number; steps: number },
): Promise<Milliseconds> {
  for (let i = 0; i < warmup; i++) await f();
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const begun = performance.now();
    await f();
    times.push(performance.now() - begun);
  }
  return summariseTimes(times);
}

/** @param times at least one, in milliseconds */
export function summariseTimes(times: readonly number[]): Milliseconds {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { median: rounded(median), min: rounded(sorted[0]!), max: rounded(sorted.at(-1)!) };
}

/** Clocks differ by more than a microsecond. */
function rounded(ms: number): number {
  return Number(ms.toFixed(3));
}

/** Forgets the process's peak of memory so far, where the system can (Linux). */
export function resetPeakMemory(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere the peak is that of the whole life of the process.
  }
}

/** Peak resident memory of the process since `resetPeakMemory`. */
export function peakMemoryBytes(): number {
  try {
    const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (peak !== null) return Number(peak[1]) * 1024;
  } catch {
    // No /proc.
  }
  return process.resourceUsage().maxRSS * 1024;
}
