import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PluginKind, RethinkError } from '../../../contract';
import { pluginName } from '../../../core/catalog/load';
import { augmentationTemplate } from './augmentation';
import { initTemplate } from './init';
import { packageFiles } from './package-files';
import { strategyTemplate } from './strategy';
import { type PluginTemplate } from './template';

const templates: Readonly<Record<PluginKind, PluginTemplate>> = {
  init: initTemplate,
  augmentation: augmentationTemplate,
  strategy: strategyTemplate,
};

export interface ScaffoldRequest {
  readonly kind: PluginKind;
  readonly name: string;
  /** Folder in which `<kind>/<name>/` is created. */
  readonly root: string;
  /** Make `root` an npm package. */
  readonly asPackage?: { readonly rethinkVersion: string };
}

/**
 * Creates a plugin's folder with the plugin, its test and a README. Existing files are not overwritten.
 *
 * @returns the folder
 * @throws RethinkError `PLUGIN_NAME`, `PLUGIN_EXISTS`
 */
export function scaffoldPlugin({ kind, name, root, asPackage }: ScaffoldRequest): string {
  const named = pluginName.safeParse(name);
  if (!named.success) {
    throw new RethinkError('PLUGIN_NAME', `"${name}" is not a valid name of a plugin.`, {
      hint: `A name consists of ${named.error.issues[0]?.message}.`,
    });
  }
  const folder = join(root, kind, name);
  if (isFilled(folder)) {
    throw new RethinkError('PLUGIN_EXISTS', 'The folder is not empty.', {
      location: { file: folder },
      hint: 'Choose another name, or another folder with --out.',
    });
  }
  write(folder, templates[kind]({ name, className: classNameOf(name) }));
  if (asPackage !== undefined) write(root, packageFiles(name, asPackage.rethinkVersion), true);
  return folder;
}

/** `my-idea` → `MyIdea`; one that begins with a digit gets a letter. */
function classNameOf(name: string): string {
  const words = name.split(/[+-]+/).filter((word) => word !== '');
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return /^\d/.test(joined) ? `Plugin${joined}` : joined;
}

function write(folder: string, files: Readonly<Record<string, string>>, keep = false): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    if (keep && statSync(join(folder, file), { throwIfNoEntry: false }) !== undefined) continue;
    writeFileSync(join(folder, file), content, { flag: 'wx' });
  }
}

function isFilled(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && (!found.isDirectory() || readdirSync(folder).length > 0);
}
