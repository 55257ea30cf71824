import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type PluginKind, pluginKinds, RethinkError } from '../../contract';
import { isFolder } from '../files/paths';
import { suggest } from '../text/did-you-mean';
import { discoverPlugins, entryOf, type PluginLocation } from './discover';
import { pluginRootsOf } from './plugin-source';

export interface LocatedPlugins {
  readonly plugins: readonly PluginLocation[];
  /** All folders in which plugins are looked for, those of the target first. */
  readonly roots: readonly string[];
}

/**
 * The plugins that an argument of the command line names: a plugin's folder, a folder or npm package of plugins, or
 * `<kind>/<name>` of a known plugin.
 *
 * @param known folders of the known plugins
 * @throws RethinkError `PLUGIN_UNKNOWN`, `PLUGIN_FOLDER`, and as `pluginRootsOf`
 */
export function locatePlugins(target: string, known: readonly string[], from: string): LocatedPlugins {
  const folder = resolve(from, target);
  if (isFolder(folder)) {
    const kind = basename(dirname(folder));
    if (isKind(kind)) {
      // A folder without index.ts is a plugin too: the check reports what it lacks.
      const plugin = { kind, name: basename(folder), folder, entry: entryOf(folder) };
      return { plugins: [plugin], roots: [dirname(dirname(folder)), ...known] };
    }
    if (entryOf(folder) !== undefined && !existsSync(resolve(folder, 'package.json'))) {
      throw new RethinkError('PLUGIN_FOLDER', 'A plugin must be in a folder <kind>/<name>.', {
        location: { file: folder },
        hint: `Move it to one of: ${pluginKinds.map((name) => `${name}/${basename(folder)}`).join(', ')}.`,
      });
    }
    return inRoots(target, pluginRootsOf(target, from), known);
  }
  const [kind, name, ...rest] = target.split('/');
  if (kind !== undefined && isKind(kind) && name !== undefined && rest.length === 0) {
    const all = discoverPlugins(known);
    const plugin = all.find((location) => location.kind === kind && location.name === name);
    if (plugin !== undefined) return { plugins: [plugin], roots: known };
    const names = all.filter((location) => location.kind === kind).map((location) => location.name);
    throw new RethinkError('PLUGIN_UNKNOWN', `There is no ${kind} plugin "${name}".`, {
      hint: suggest(name, names),
    });
  }
  return inRoots(target, pluginRootsOf(target, from), known);
}

function inRoots(target: string, roots: readonly string[], known: readonly string[]): LocatedPlugins {
  const plugins = discoverPlugins(roots);
  if (plugins.length > 0) return { plugins, roots: [...roots, ...known] };
  throw new RethinkError('PLUGINS_NOT_FOUND', `"${target}" contains no plugins.`, {
    location: { file: roots[0] },
    hint: 'Plugins are in folders init/<name>, augmentation/<name> and strategy/<name>.',
  });
}

export function isKind(word: string): word is PluginKind {
  return (pluginKinds as readonly string[]).includes(word);
}
