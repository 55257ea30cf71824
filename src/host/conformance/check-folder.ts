import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { entryOf } from '../../core/catalog/discover';
import type { PluginKind } from '../../contract';
import { checkPlugin, type CheckReport } from './check-plugin';
import { packageFolder } from '../../core/files/package-folder';

export { formatFinding } from './format';

export interface FolderCheck {
  readonly kind: PluginKind;
  readonly name: string;
  readonly folder: string;
  readonly trial: boolean;
}

/** Checks a plugin by its folder, for tests: no configuration; data are cached between runs of the tests. */
export function checkFolder({ kind, name, folder, trial }: FolderCheck): Promise<CheckReport> {
  const backend = process.env['RETHINK_BACKEND'] ?? 'tensorflow';
  return checkPlugin({
    plugin: { kind, name, folder, entry: entryOf(folder) },
    roots: [resolve(folder, '..', '..'), join(packageFolder, 'plugins')],
    folder: dataFolder(),
    backend: backend as Parameters<typeof checkPlugin>[0]['backend'],
    trial,
  });
}

/** All plugins use the same data of the small benchmark, so that they are generated once. */
function dataFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rethink-bench', 'check');
}
