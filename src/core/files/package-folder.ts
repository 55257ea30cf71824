import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

function findUp(name: string): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return folder;
    if (dirname(folder) === folder) throw new Error(`no ${name} above ${__dirname}`);
  }
}

/** The folder of this package, with `package.json`, `benchmarks`, `plugins` and `reports`. */
export const packageFolder = findUp('package.json');

/** The folder of the code that runs: `src`, or `dist` where it is built. */
export const sourceFolder = findUp('register.cjs');
