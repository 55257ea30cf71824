import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';

type Functions = Record<string, (this: unknown, ...args: unknown[]) => unknown>;

/** A function of `fs` or `fs.promises`, by its name, and which of its arguments is the path. */
export type ObservedFunction = readonly [module: object, name: string, argument: number];

/**
 * Calls `observe` before functions of Node's `fs` run in this thread.
 *
 * @returns ends the observation
 */
export function observeFiles(
  functions: readonly ObservedFunction[],
  observe: (path: string, name: string, args: readonly unknown[]) => void,
): () => void {
  const restore = functions.flatMap(([given, name, argument]) => {
    const module = given as Functions;
    const original = module[name];
    if (typeof original !== 'function') return [];
    module[name] = Object.assign(function (this: unknown, ...args: unknown[]) {
      const path = pathOf(args[argument]);
      if (path !== undefined) observe(path, name, args);
      return original.apply(this, args);
    }, original);
    return [() => (module[name] = original)];
  });
  syncBuiltinESMExports();
  return () => {
    for (const undo of restore) undo();
    syncBuiltinESMExports();
  };
}

function pathOf(path: unknown): string | undefined {
  if (typeof path === 'string') return path;
  if (Buffer.isBuffer(path)) return path.toString();
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path);
  return undefined;
}
