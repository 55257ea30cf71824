import { extname, join } from 'node:path';
import { sourceFolder } from '../files/package-folder';

/** Of the project's own files: `.ts` as it is developed, `.js` when it is built. */
export const extension = extname(__filename);

/**
 * What a child process or thread of the project is started with. Plugins are TypeScript that Node compiles as it loads
 * it, whether the host itself is built or not.
 */
export const nodeArguments: readonly string[] = ['--require', join(sourceFolder, 'register.cjs')];
