import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction>;

/** Functions that change the file system, and which of their arguments is the path that they change. */
const writers: Readonly<Record<string, number>> = {
  writeFile: 0, appendFile: 0, mkdir: 0, rm: 0, rmdir: 0, unlink: 0, truncate: 0, mkdtemp: 0,
  createWriteStream: 0, copyFile: 1, cp: 1, link: 1, symlink: 1, rename: 1,
}; // prettier-ignore
const opens = new Set(['open', 'openSync']);

/** Notices what is written through Node's `fs` outside of some folders. A tripwire, not a wall: see `FileAccessAudit`. */
export class WriteWatch {
  private readonly seen = new Set<string>();
  private readonly restore: (() => void)[] = [];

  /**
   * @param allowed folders in which all may be written
   * @param prefix beginning of the paths that the host itself writes
   */
  constructor(
    private readonly allowed: readonly string[],
    private readonly prefix: string,
  ) {
    for (const module of [fs, fs.promises] as unknown as Functions[]) {
      for (const [name, argument] of Object.entries(writers)) {
        this.wrap(module, name, argument);
        this.wrap(module, `${name}Sync`, argument);
      }
      for (const name of opens) this.wrap(module, name, 0, isForWriting);
    }
    syncBuiltinESMExports();
  }

  /** @returns the paths, first come first */
  end(): string[] {
    for (const undo of this.restore.splice(0)) undo();
    syncBuiltinESMExports();
    return [...this.seen];
  }

  private wrap(
    module: Functions,
    name: string,
    argument: number,
    counts: (args: readonly unknown[]) => boolean = () => true,
  ): void {
    const original = module[name];
    if (typeof original !== 'function') return;
    const note = (args: readonly unknown[]): void => {
      if (counts(args)) this.note(args[argument]);
    };
    module[name] = Object.assign(function (this: unknown, ...args: unknown[]) {
      note(args);
      return original.apply(this, args);
    }, original);
    this.restore.push(() => (module[name] = original));
  }

  private note(path: unknown): void {
    const text =
      path instanceof URL && path.protocol === 'file:'
        ? fileURLToPath(path)
        : typeof path === 'string' || Buffer.isBuffer(path)
          ? path.toString()
          : undefined;
    if (text === undefined) return;
    const absolute = resolve(text);
    if (absolute.startsWith(this.prefix)) return;
    if (this.allowed.some((folder) => absolute === folder || absolute.startsWith(folder + sep))) return;
    this.seen.add(absolute);
  }
}

function isForWriting([, flags]: readonly unknown[]): boolean {
  if (typeof flags === 'number') return (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0;
  return typeof flags === 'string' && /[wa+]/.test(flags);
}
