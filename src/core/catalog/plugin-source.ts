import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { pluginKinds, RethinkError } from '../../contract';
import { isFolder } from '../files/paths';
import { issueSentence } from '../text/zod-issue';

/** The folder of plugins in a `package.json`: `"rethink": { "plugins": "src/plugins" }`. */
const packageSchema = z.looseObject({
  rethink: z.strictObject({ plugins: z.union([z.string(), z.array(z.string())]) }).optional(),
});

const packageName = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/**
 * The folders with `<kind>/<name>/` that an entry of `plugins:` names: a folder, or an npm package that is installed
 * where Node would look for it.
 *
 * @param entry a path relative to `from`, or the name of a package
 * @param from folder
 * @throws RethinkError `PLUGINS_NOT_FOUND`, `PLUGINS_PACKAGE`
 */
export function pluginRootsOf(entry: string, from: string): string[] {
  const path = resolve(from, entry);
  if (isFolder(path)) return rootsIn(path);
  const folder = packageName.test(entry) ? installedPackage(entry, from) : undefined;
  if (folder !== undefined) return rootsIn(folder);
  const kind = packageName.test(entry) ? 'folder or installed npm package' : 'folder';
  throw new RethinkError('PLUGINS_NOT_FOUND', `There is no ${kind} "${entry}" with plugins.`, {
    hint: packageName.test(entry)
      ? `Searched ${path} and node_modules/${entry} from there up. Install it: npm install ${entry}`
      : `Searched ${path}.`,
  });
}

function installedPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}

/** Where `package.json` does not name the folders: the folder itself, or its `plugins/`. */
function rootsIn(folder: string): string[] {
  const named = namedInPackage(folder);
  if (named !== undefined) return named;
  const inner = join(folder, 'plugins');
  return !hasPlugins(folder) && hasPlugins(inner) ? [inner] : [folder];
}

function namedInPackage(folder: string): string[] | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const { rethink } = readPackage(file);
  if (rethink === undefined) return undefined;
  return [rethink.plugins].flat().map((path) => {
    const root = resolve(folder, path);
    if (isFolder(root)) return root;
    throw new RethinkError('PLUGINS_PACKAGE', `There is no folder "${path}".`, {
      location: { file, path: 'rethink.plugins' },
    });
  });
}

function readPackage(file: string): z.infer<typeof packageSchema> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RethinkError('PLUGINS_PACKAGE', `Not valid JSON: ${(error as Error).message}.`, {
      location: { file },
      cause: error,
    });
  }
  const parsed = packageSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.join('.');
  throw new RethinkError('PLUGINS_PACKAGE', issueSentence(issue, path), {
    location: { file, path },
    hint: 'Write: "rethink": { "plugins": "plugins" }',
  });
}

function hasPlugins(folder: string): boolean {
  return pluginKinds.some((kind) => isFolder(join(folder, kind)));
}
