import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Stores virtual environments and data of the comparisons between runs. */
export const peersFolder = join(tmpdir(), 'rethink-bench-peers');

/** The interpreter of a virtual environment with these packages, installed from PyPI on first use. */
export function pythonWith(name: string, packages: readonly string[]): string {
  const environment = join(peersFolder, name);
  const python = join(environment, 'bin', 'python');
  if (!existsSync(python)) {
    console.error(`Installing ${packages.join(', ')} …`);
    mkdirSync(peersFolder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'inherit' });
  }
  return python;
}
