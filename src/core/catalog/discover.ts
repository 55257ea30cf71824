import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PluginKind, pluginKinds } from '../../contract';

/** A plugin's folder, found but not yet loaded. */
export interface PluginLocation {
  readonly kind: PluginKind;
  readonly name: string;
  readonly folder: string;
  /** Absent where the folder has no `index.ts` (or `index.js`). */
  readonly entry?: string;
}

/** Looks into `<root>/<kind>/<name>/` for each root; a later root does not replace a name of an earlier one. */
export function discoverPlugins(roots: readonly string[]): PluginLocation[] {
  const found = new Map<string, PluginLocation>();
  for (const root of roots) {
    for (const kind of pluginKinds) {
      const kindFolder = join(root, kind);
      if (!existsSync(kindFolder)) continue;
      const names = readdirSync(kindFolder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
        .map((entry) => entry.name)
        .sort();
      for (const name of names) {
        const folder = join(kindFolder, name);
        const entry = entryOf(folder);
        const key = `${kind}/${name}`;
        if (!found.has(key)) found.set(key, { kind, name, folder, entry });
      }
    }
  }
  return [...found.values()];
}

/** The file with the plugin's class. */
export function entryOf(folder: string): string | undefined {
  return ['index.ts', 'index.js', 'index.cjs'].map((file) => join(folder, file)).find(existsSync);
}
