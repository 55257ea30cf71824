import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Of the project's own files: `.ts` as it is developed, `.js` when it is built. */
export const extension = extname(__filename);

const register = [join(__dirname, '..'), join(__dirname, '..', '..', 'src')]
  .map((folder) => join(folder, 'register.cjs'))
  .find(existsSync);

/**
 * What a child process or thread of the project is started with. Plugins are TypeScript that Node compiles as it loads
 * it, whether the host itself is built or not.
 */
export const nodeArguments: readonly string[] = register === undefined ? [] : ['--require', register];
