import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SAMPLE_MS = 10_000;

/** A package's counter of microjoules, which starts again from 0 after `range`. */
interface Counter {
  readonly file: string;
  readonly range: number;
  last: number;
  joules: number;
}

function number(file: string): number {
  return Number(readFileSync(file, 'utf8').trim());
}

function findCounters(root: string): Counter[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^intel-rapl:\d+$/.test(name))
    .flatMap((name) => {
      const file = join(root, name, 'energy_uj');
      try {
        return [
          { file, range: number(join(root, name, 'max_energy_range_uj')), last: number(file), joules: 0 },
        ];
      } catch {
        return []; // readable by root only on most systems
      }
    });
}

/** Seconds of CPU time that the machine's processes used since boot (user, nice, system, irq, softirq, steal left out). */
function busySeconds(statFile: string): number {
  const fields = readFileSync(statFile, 'utf8').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) / 100;
}

/**
 * Energy of the CPU packages from RAPL's counters (Linux, where the system lets them be read). Stages run side by
 * side in one package, so a stage is charged the share of the machine's busy CPU time that was its own.
 */
export class EnergyMeter {
  private readonly counters: Counter[];
  private readonly busyAtStart: number;
  private readonly ownAtStart: number;
  private readonly timer?: NodeJS.Timeout;

  constructor(
    root = '/sys/class/powercap',
    private readonly statFile = '/proc/stat',
    private readonly ownSeconds = (): number => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  ) {
    this.counters = findCounters(root);
    this.busyAtStart = this.counters.length > 0 ? busySeconds(this.statFile) : 0;
    this.ownAtStart = this.ownSeconds();
    if (this.counters.length > 0) this.timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  /** Reads the counters often enough that none passes its end twice unseen. */
  sample(): void {
    for (const counter of this.counters) {
      const now = number(counter.file);
      const used = now >= counter.last ? now - counter.last : now + counter.range - counter.last;
      counter.joules += used / 1e6;
      counter.last = now;
    }
  }

  /** Joules since the start; `undefined` where there is no counter. */
  stop(): { joules: number; method: string } | undefined {
    clearInterval(this.timer);
    if (this.counters.length === 0) return undefined;
    this.sample();
    const joules = this.counters.reduce((sum, counter) => sum + counter.joules, 0);
    const busy = busySeconds(this.statFile) - this.busyAtStart;
    const share = busy > 0 ? Math.min(1, (this.ownSeconds() - this.ownAtStart) / busy) : 1;
    return { joules: joules * share, method: 'RAPL packages, share of busy CPU time' };
  }
}
