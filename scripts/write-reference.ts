import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../src/core/files/package-folder';
import { reference } from './reference/reference';

/** Generates docs/reference and the table of docs/architecture.md. */
async function main(): Promise<void> {
  for (const [name, text] of Object.entries(await reference())) {
    writeFileSync(join(packageFolder, 'docs', name), text);
  }
}

void main();
