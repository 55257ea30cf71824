import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Energy } from '../../core/plan/ledger';

const SAMPLE_MS = 500;

interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly watts: number;
}

/** `2026/11/23 22:33:12.123, 63.21, 1024`: time, watts, MiB. What the driver does not know is `[N/A]`. */
export function parseSample(
  line: string,
): { at: number; watts: number | undefined; memoryBytes: number | undefined } | undefined {
  const [time, watts, memory] = line.split(',').map((part) => part.trim());
  const match = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/.exec(time ?? '');
  if (match === null) return undefined;
  const [, year, month, day, clock] = match;
  const number = (text: string | undefined, factor: number) =>
    text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) * factor : undefined;
  return {
    at: Date.parse(`${year}-${month}-${day}T${clock}Z`),
    watts: number(watts, 1),
    memoryBytes: number(memory, 2 ** 20),
  };
}

/** Watts over time by the trapezoid rule. */
export function integrate(samples: readonly Sample[]): number {
  return samples.slice(1).reduce((joules, { at, watts }, index) => {
    const before = samples[index]!;
    return joules + ((watts + before.watts) / 2) * ((at - before.at) / 1000);
  }, 0);
}

/**
 * Power and memory of one NVIDIA GPU, from NVML by `nvidia-smi`, which samples beside the stage. Where there is no such
 * program, or the driver knows no power, there is no figure.
 */
export class NvidiaPower {
  private readonly samples: Sample[] = [];
  private readonly program: ChildProcess;
  private peak = 0;

  /** @param device index or UUID, as `CUDA_VISIBLE_DEVICES` has it */
  constructor(device: string) {
    const query = '--query-gpu=timestamp,power.draw,memory.used';
    const arguments_ = [query, '--format=csv,noheader,nounits', '-i', device, '-lms', String(SAMPLE_MS)];
    this.program = spawn('nvidia-smi', arguments_, { stdio: ['ignore', 'pipe', 'ignore'] });
    // Not installed: no sample comes.
    this.program.on('error', () => undefined);
    // It must not keep the stage's process alive.
    this.program.unref();
    const { stdout } = this.program;
    if (stdout === null) return;
    (stdout as unknown as { unref?: () => void }).unref?.();
    createInterface({ input: stdout }).on('line', (line) => this.take(line));
  }

  /** Highest memory in use on the device; 0 where it is not known. */
  get peakMemoryBytes(): number {
    return this.peak;
  }

  /** Joules from the first sample to the last; `undefined` with fewer than two. */
  stop(): Energy | undefined {
    this.program.kill('SIGKILL');
    if (this.samples.length < 2) return undefined;
    return {
      joules: integrate(this.samples),
      method: `NVML power of the GPU, ${this.samples.length} samples`,
    };
  }

  private take(line: string): void {
    const sample = parseSample(line);
    if (sample === undefined) return;
    this.peak = Math.max(this.peak, sample.memoryBytes ?? 0);
    if (sample.watts !== undefined) this.samples.push({ at: sample.at, watts: sample.watts });
  }
}
