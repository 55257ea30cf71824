import { join } from 'node:path';
import { pluginRootsOf } from '../../core/catalog/plugin-source';
import { packageFolder } from '../../core/files/package-folder';
import type { Configuration } from './configuration';

/** The built-in plugins first, then those of the configuration. @throws as `pluginRootsOf` */
export function pluginRoots(configuration: Configuration, folder: string = process.cwd()): string[] {
  return [
    join(packageFolder, 'plugins'),
    ...configuration.plugins.flatMap((entry) => pluginRootsOf(entry, folder)),
  ];
}
