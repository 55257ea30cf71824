import { readdirSync, readFileSync } from 'node:fs';

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** A process, told from a later one with the same number by its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot; with the boot's id it is unique on the machine. */
  readonly started: string;
}

/** `undefined` where the process does not exist (or is a zombie), or /proc is not available. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(`${pid}/stat`);
  // The command's name, in parentheses, may itself hold blanks and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const started = fields?.[19];
  if (started === undefined || fields?.[0] === 'Z') return undefined;
  return { pid, started: `${readProc('sys/kernel/random/boot_id')?.trim() ?? ''}/${started}` };
}

function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) =>
    (readProc(`${pid}/task/${thread}/children`) ?? '')
      .split(' ')
      .filter((text) => text.trim() !== '')
      .map(Number),
  );
}

/** A process and its descendants. */
export function processTree(pid: number): number[] {
  const tree = [pid];
  for (let index = 0; index < tree.length && tree.length < 10_000; index++) {
    tree.push(...childrenOf(tree[index]!));
  }
  return tree;
}

/** Resident memory in bytes; pages that processes share are counted for each. 0 without /proc. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readProc(`${pid}/status`) ?? '')?.[1];
    return sum + Number(kilobytes ?? 0) * 1024;
  }, 0);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Ends a process group at once, with those descendants that left the group. */
export function killGroup(leader: number, descendants: readonly ProcessIdentity[] = []): void {
  killQuietly(-leader);
  for (const known of descendants) {
    if (identify(known.pid)?.started === known.started) killQuietly(known.pid);
  }
}
