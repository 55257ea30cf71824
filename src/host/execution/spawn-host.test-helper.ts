import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestStage } from './plan.test-helper';
import { sourceFolder } from '../../core/files/package-folder';
import type { RunOptions } from './run-options';

export interface TestHost {
  readonly process: ChildProcess;
  /** What it printed so far. */
  readonly lines: string[];
  readonly exit: Promise<void>;
  /** Resolves when a line contains the text; rejects when the host ends without it. */
  seen(text: string): Promise<void>;
}

const hosts = new Set<ChildProcess>();

/** Ends hosts that a failed test left. */
export function endHosts(): void {
  for (const host of hosts) host.kill('SIGKILL');
  hosts.clear();
}

/** Starts a host in a process of its own. `before`: a command line that goes before Node's. */
export function spawnHost(
  workspace: string,
  stages: Readonly<Record<string, TestStage>>,
  options: Partial<RunOptions> = {},
  before: readonly string[] = [],
  file = join(__dirname, 'host.test-helper.ts'),
): TestHost {
  const words = [
    ...before,
    process.execPath,
    '--require',
    join(sourceFolder, 'register.cjs'),
    file,
    workspace,
    JSON.stringify(stages),
    JSON.stringify(options),
  ];
  const child = spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  hosts.add(child);
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    lines.splice(0, Infinity, ...text.split('\n').filter((line) => line !== ''));
    for (const watcher of watchers) watcher();
  });
  const exit = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    process: child,
    lines,
    exit,
    seen: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!text.includes(wanted)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void exit.then(() => reject(new Error(`the host ended without "${wanted}":\n${text}`)));
      }),
  };
}
