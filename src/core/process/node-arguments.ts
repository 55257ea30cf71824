import { join } from 'node:path';
import { sourceFolder } from '../files/package-folder';

/** Arguments of Node for the project's child processes and threads, which then load TypeScript. */
export const nodeArguments: readonly string[] = ['--require', join(sourceFolder, 'register.cjs')];
