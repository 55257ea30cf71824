import { join } from 'node:path';
import { sourceFolder } from '../src/core/files/package-folder';
import { nodeArguments } from '../src/core/process/node-arguments';

/** Arguments of Node for the command line of this project, before the command. */
export const rethinkArguments = [...nodeArguments, join(sourceFolder, 'main.ts')];
