import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from './reference/reference';

/** Writes docs/reference from the code; with --check says what is not as the code has it. */
async function main(): Promise<void> {
  const folder = join(__dirname, '..', 'docs', 'reference');
  const stale: string[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(await reference())) {
    const file = join(folder, name);
    if (read(file) === text) continue;
    stale.push(name);
    if (!process.argv.includes('--check')) writeFileSync(file, text);
  }
  if (!process.argv.includes('--check')) return;
  if (stale.length === 0) return;
  process.stderr.write(`not as the code has it: ${stale.join(', ')}\n  → npm run docs:reference\n`);
  process.exitCode = 1;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

void main();
