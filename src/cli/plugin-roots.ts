import { join } from 'node:path';
import { type Configuration, packageFolder } from './configuration';

/** The built-in plugins first, then those of the configuration and of a benchmark file. */
export function pluginRoots(configuration: Configuration, more: readonly string[] = []): string[] {
  return [join(packageFolder, 'plugins'), ...configuration.plugins, ...more];
}
