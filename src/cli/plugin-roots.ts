import { join } from 'node:path';
import { pluginRootsOf } from '../catalog/plugin-source';
import { type Configuration, packageFolder } from './configuration';

/** The built-in plugins first, then those of the configuration. @throws as `pluginRootsOf` */
export function pluginRoots(configuration: Configuration, folder: string = process.cwd()): string[] {
  return [
    join(packageFolder, 'plugins'),
    ...configuration.plugins.flatMap((entry) => pluginRootsOf(entry, folder)),
  ];
}
