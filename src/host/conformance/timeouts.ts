import os from 'node:os';

/** A timeout for an idle machine, longer where other processes use it as well. */
export function scaleTimeout(seconds: number): number {
  const [load = 0] = os.loadavg();
  return seconds * Math.max(1, load / os.availableParallelism());
}
