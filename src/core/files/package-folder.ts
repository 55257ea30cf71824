import { join } from 'node:path';

/** The folder of this package, with `package.json`, `benchmarks`, `plugins` and `reports`. */
export const packageFolder = join(__dirname, '..', '..', '..');

/** The folder of the code that runs. */
export const sourceFolder = join(packageFolder, 'src');
