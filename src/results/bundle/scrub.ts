import { basename, isAbsolute, relative, sep } from 'node:path';

/** A folder of this machine, and what stands in its place in a bundle. */
export interface KnownFolder {
  readonly path: string;
  readonly name: string;
}

/**
 * Takes this machine's paths out of all texts of a value: whoever reads a bundle has no use for them, and they say more
 * about their owner than results should. Longer paths first, so that the workspace is not taken for a part of the home.
 */
export function withoutPaths<T>(value: T, folders: readonly KnownFolder[]): T {
  const known = folders
    .filter(({ path }) => path.length > 1)
    .sort((a, b) => b.path.length - a.path.length)
    .map(({ path, name }) => ({ pattern: new RegExp(`${escape(path)}(?![A-Za-z0-9_-])`, 'g'), name }));
  const visit = (item: unknown): unknown => {
    if (typeof item === 'string') {
      return known.reduce((text, { pattern, name }) => text.replace(pattern, () => name), item);
    }
    if (Array.isArray(item)) return item.map(visit);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value) as T;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A file as it is named in a bundle: from the folder where the command ran, or its bare name. */
export function shownFile(file: string, folder: string): string {
  if (!isAbsolute(file)) return file.startsWith('..') ? basename(file) : file;
  const fromHere = relative(folder, file);
  return fromHere.startsWith('..') || isAbsolute(fromHere) ? basename(file) : fromHere.split(sep).join('/');
}
