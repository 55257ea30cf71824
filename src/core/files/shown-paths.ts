import { basename, isAbsolute, relative, resolve, sep } from 'node:path';

/** Folders of this machine → what replaces them in a published text. */
export type HiddenFolders = Readonly<Record<string, string>>;

/**
 * Replaces this machine's folders in all texts of a value: where somebody stores files is not part of a result. Longer
 * paths first, so that a workspace in the home folder is recognised.
 */
export function hideFolders<T>(value: T, folders: HiddenFolders): T {
  const patterns = Object.entries(folders)
    .filter(([folder]) => folder.length > 1)
    .sort(([a], [b]) => b.length - a.length)
    .map(([folder, shown]) => [new RegExp(`${escape(folder)}(?![A-Za-z0-9_-])`, 'g'), shown] as const);
  const visit = (item: unknown): unknown => {
    if (typeof item === 'string') {
      return patterns.reduce((text, [pattern, shown]) => text.replace(pattern, () => shown), item);
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

/** A file's path from a folder, with `/`; `undefined` if it is not inside. */
function pathInside(file: string, folder: string): string | undefined {
  const path = relative(folder, resolve(folder, file));
  return path === '' || path.startsWith('..') || isAbsolute(path) ? undefined : path.split(sep).join('/');
}

/** A file as it can be typed in the current folder: its relative path if it is inside, otherwise as given. */
export function shownPath(file: string): string {
  return pathInside(file, process.cwd()) ?? file;
}

/** A file without this machine's folders: its path from the current folder if it is inside, otherwise its bare name. */
export function publishedPath(file: string): string {
  return pathInside(file, process.cwd()) ?? basename(file);
}
