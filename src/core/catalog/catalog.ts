import { type PluginClass, type PluginKind, RethinkError } from '../../contract';
import { suggest } from '../text/did-you-mean';
import { codeDigest } from './code-digest';
import { discoverPlugins, type PluginLocation } from './discover';
import { firstLine, loadPluginClass } from './load';

/** A plugin for a list: its class, or why it cannot be used. */
export type CatalogEntry = {
  readonly kind: PluginKind;
  readonly name: string;
  readonly folder: string;
} & (
  | { readonly status: 'ok'; readonly plugin: PluginClass<object>; readonly codeDigest: string }
  | { readonly status: 'broken'; readonly error: RethinkError }
);

/** The plugins of one or more folders, each loaded when it is first asked for. */
export class Catalog {
  readonly locations: readonly PluginLocation[];
  private readonly byId = new Map<string, PluginLocation>();
  private readonly loaded = new Map<string, CatalogEntry>();

  /** @param roots folders with `<kind>/<name>/index.ts` */
  constructor(roots: readonly string[]) {
    this.locations = discoverPlugins(roots);
    for (const location of this.locations.toReversed()) this.byId.set(idOf(location), location);
  }

  names(kind: PluginKind): string[] {
    return this.locations.filter((location) => location.kind === kind).map((location) => location.name);
  }

  /** `<kind>/<name>` → entry file. */
  get entryFiles(): Readonly<Record<string, string>> {
    const complete = this.locations.filter(({ entry }) => entry !== undefined);
    return Object.fromEntries(complete.map((location) => [idOf(location), location.entry!]));
  }

  /** Loads one plugin; a broken one is an entry with its reason. */
  entry(location: PluginLocation): CatalogEntry {
    const id = idOf(location);
    const known = this.loaded.get(id);
    if (known) return known;
    const entry = this.load(location);
    this.loaded.set(id, entry);
    return entry;
  }

  private load(location: PluginLocation): CatalogEntry {
    const { kind, name, folder } = location;
    try {
      const plugin = loadPluginClass(location);
      return { kind, name, folder, status: 'ok', plugin, codeDigest: codeDigest(location.entry as string) };
    } catch (error) {
      const reason =
        error instanceof RethinkError
          ? (explainRefusal(error, location) ?? error)
          : new RethinkError('PLUGIN_LOAD', firstLine(error), { location: { file: folder }, cause: error });
      return { kind, name, folder, status: 'broken', error: reason };
    }
  }

  /**
   * @throws RethinkError `PLUGIN_UNKNOWN` with the nearest name, or the reason why the plugin is broken
   */
  find(kind: PluginKind, name: string): CatalogEntry & { status: 'ok' } {
    const location = this.byId.get(idOf({ kind, name }));
    if (location === undefined) {
      throw new RethinkError('PLUGIN_UNKNOWN', `There is no ${kind} plugin "${name}".`, {
        hint: suggest(name, this.names(kind)),
      });
    }
    const entry = this.entry(location);
    if (entry.status === 'broken') throw entry.error;
    return entry;
  }

  list(): CatalogEntry[] {
    return this.locations.map((location) => this.entry(location));
  }
}

function idOf({ kind, name }: Pick<PluginLocation, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** Explains what Node's permission model refused. */
function explainRefusal(error: RethinkError, { entry }: PluginLocation): RethinkError | undefined {
  const { code, permission, resource } = Object(error.cause) as Record<string, string | undefined>;
  if (code !== 'ERR_ACCESS_DENIED') return undefined;
  const actions: Readonly<Record<string, string>> = {
    FileSystemRead: `read ${resource}`,
    FileSystemWrite: `write ${resource}`,
    ChildProcess: 'start a process',
  };
  const action = actions[permission ?? ''] ?? `use ${permission}`;
  return new RethinkError(error.code, `The plugin may not ${action} while it is loaded.`, {
    location: { file: entry },
    hint: 'A plugin may read its own package only; it describes work, which stages do.',
    cause: error,
  });
}
