import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { RethinkError } from '../../contract';
import { didYouMean } from '../text/did-you-mean';

/** Where relative paths start, and the environment that `${NAME}` is taken from. */
export interface PathContext {
  readonly baseFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * A path of a benchmark file made absolute.
 *
 * @param setting the setting that has the path, for instance `dataset.coco.train`
 * @throws RethinkError `PATH_VARIABLE` where the environment lacks a name, `PATH_MISSING` where nothing is there,
 * `PATH_UNUSABLE` where the system refuses the path
 */
export function existingPath(
  written: string,
  setting: string,
  kind: 'file' | 'folder',
  { baseFolder, env }: PathContext,
): string {
  const expanded = written.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined || value === '') {
      throw new RethinkError('PATH_VARIABLE', `"${written}" requires the environment variable ${name}.`, {
        location: { path: setting },
        hint: `Set it: ${name}=/path/to/data rethink …`,
      });
    }
    return value;
  });
  // A path from an environment variable is relative to the shell's working folder.
  const path = resolve(written.startsWith('${') ? process.cwd() : baseFolder, expanded);
  const found = look(path, setting);
  if (found === undefined) {
    throw new RethinkError('PATH_MISSING', `The ${kind} ${path} does not exist.`, {
      location: { path: setting },
      hint: nearestHint(path),
    });
  }
  if (kind === 'folder' ? !found.isDirectory() : !found.isFile()) {
    throw new RethinkError('PATH_MISSING', `${path} is not a ${kind}.`, { location: { path: setting } });
  }
  return path;
}

/** `undefined` where nothing is there, be it because a part of the path is a file. */
function look(path: string, setting: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return undefined;
    // Too long, a loop of links, a folder that may not be entered, a NUL.
    throw new RethinkError('PATH_UNUSABLE', `The path cannot be used: ${message}.`, {
      location: { path: setting },
    });
  }
}

/** The deepest part of a path that exists, and what there resembles the next part. */
function nearestHint(path: string): string {
  let missing = path;
  let parent = dirname(path);
  while (!isFolder(parent) && parent !== dirname(parent)) {
    missing = parent;
    parent = dirname(parent);
  }
  let entries: string[];
  try {
    entries = readdirSync(parent);
  } catch {
    return `${parent} cannot be read.`;
  }
  const nearest = didYouMean(basename(missing), entries);
  return nearest === undefined
    ? `${parent} exists but has no "${basename(missing)}"; relative paths start at the benchmark file.`
    : `Did you mean "${resolve(parent, nearest)}"?`;
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
