import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from '../../core/files/package-folder';

/** Node's permission model, by the name that this version has for it. */
const flag = ['--permission', '--experimental-permission'].find((name) =>
  process.allowedNodeEnvironmentFlags.has(name),
);

/**
 * Cache of code compiled by the planning process: not that of the host, whose code a plugin could then replace.
 */
export const planCache = join(packageFolder, 'node_modules', '.cache', 'rethink-bench', 'compiled-plans');

/**
 * Arguments for Node that restrict the planning process: it reads the project, the plugins' packages and the benchmark
 * file, writes nothing but a cache, and starts no process.
 *
 * Native addons stay allowed, because the TypeScript compiler is one; and this does not stop malicious code.
 *
 * @param roots folders of plugins
 * @param files benchmark file and what it extends
 */
export function planPermissions(roots: readonly string[], files: readonly string[]): string[] {
  if (flag === undefined) return [];
  try {
    mkdirSync(planCache, { recursive: true });
  } catch {
    // A read-only project has no cache, and needs none.
  }
  const packages = [packageFolder, ...roots.map((root) => packageOf(root))];
  const readable = new Set([
    ...packages.flatMap((folder) => [folder, ...modulesAbove(folder)]),
    ...roots,
    ...files,
  ]);
  return [
    flag,
    ...[...readable].flatMap(both).map((path) => `--allow-fs-read=${path}`),
    ...both(planCache).map((path) => `--allow-fs-write=${path}`),
    '--allow-worker',
    '--allow-addons',
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
  ];
}

/** The folder of the package that a plugin is part of, whose other files it may import. */
function packageOf(root: string): string {
  for (let folder = root; dirname(folder) !== folder; folder = dirname(folder)) {
    if (['package.json', '.git'].some((name) => existsSync(join(folder, name)))) return folder;
  }
  return root;
}

/** Where `require` looks for packages. */
function modulesAbove(folder: string): string[] {
  const found: string[] = [];
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const modules = join(at, 'node_modules');
    if (existsSync(modules)) found.push(modules);
  }
  return found;
}

/** A path as given, and with links resolved. */
function both(path: string): string[] {
  try {
    return [...new Set([path, realpathSync(path)])];
  } catch {
    return [path];
  }
}
