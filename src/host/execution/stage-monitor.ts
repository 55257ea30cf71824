import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptFailure } from '../../core/plan/failure';
import type { StageLimits } from './limits';
import { identify, processTree, residentBytes, type ProcessIdentity } from '../../core/process/process-tree';

const POLL_MS = 250;
/** The disk is checked every so many polls: walking folders costs more than reading /proc. */
const DISK_POLLS = 4;

export interface Breach extends AttemptFailure {
  /** Whether the stage is killed at once, because it exhausts the machine. */
  readonly urgent: boolean;
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** Bytes of all files under a folder; files that vanish meanwhile count as 0. */
function folderBytes(folder: string): number {
  try {
    return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sum + folderBytes(path);
      return sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    }, 0);
  } catch {
    return 0;
  }
}

/** Watches a running stage from outside: time by the monotonic clock, memory of its process tree, disk. */
export class StageMonitor {
  private readonly timer: NodeJS.Timeout;
  private readonly known = new Map<number, ProcessIdentity>();
  private readonly start = performance.now();
  private polls = 0;

  constructor(
    private readonly pid: number,
    private readonly limits: StageLimits,
    private readonly folders: readonly string[],
    private readonly breached: (breach: Breach) => void,
  ) {
    this.timer = setInterval(() => this.look(), POLL_MS);
  }

  /** Every process that was observed below the stage's. */
  get descendants(): ProcessIdentity[] {
    return [...this.known.values()];
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const breach = this.overTime() ?? this.overMemory() ?? this.overDisk();
    this.polls++;
    if (breach === undefined) return;
    this.stop();
    this.breached(breach);
  }

  private overTime(): Breach | undefined {
    const { seconds } = this.limits;
    if (performance.now() - this.start < seconds * 1000) return undefined;
    return {
      kind: 'timeout',
      code: 'STAGE_TIMEOUT',
      message: `The stage did not end within its limit of ${seconds} s.`,
      hint: 'Raise the time limit if the stage was making progress, or see its log if it hung.',
      urgent: false,
    };
  }

  private overMemory(): Breach | undefined {
    const tree = processTree(this.pid);
    for (const pid of tree) {
      if (pid === this.pid || this.known.has(pid)) continue;
      const identity = identify(pid);
      if (identity) this.known.set(pid, identity);
    }
    const bytes = residentBytes(tree);
    if (bytes <= this.limits.memoryBytes) return undefined;
    return {
      kind: 'memory',
      code: 'STAGE_MEMORY',
      message: `The stage used ${mebibytes(bytes)} of memory; the limit is ${mebibytes(this.limits.memoryBytes)}.`,
      hint: 'Use a smaller batch (or microBatch), fewer slots, or raise the memory limit.',
      urgent: true,
    };
  }

  private overDisk(): Breach | undefined {
    if (this.polls % DISK_POLLS !== 0) return undefined;
    const bytes = this.folders.reduce((sum, folder) => sum + folderBytes(folder), 0);
    if (bytes <= this.limits.diskBytes) return undefined;
    return {
      kind: 'error',
      code: 'STAGE_DISK',
      message: `The stage wrote ${mebibytes(bytes)}; the limit is ${mebibytes(this.limits.diskBytes)}.`,
      hint: 'Raise the disk limit if a stage of this kind requires that much.',
      urgent: true,
    };
  }
}
