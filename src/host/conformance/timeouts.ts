import os from 'node:os';

/** Seconds that stand for so many of an idle machine: where others compute too, all takes longer. */
export function patient(seconds: number): number {
  const [load = 0] = os.loadavg();
  return seconds * Math.max(1, load / os.availableParallelism());
}
