import fs from 'node:fs';
import { resolve, sep } from 'node:path';
import { observeFiles, type ObservedFunction } from '../../../core/process/observe-files';

/** Functions that change the file system, and which of their arguments is the path that they change. */
const writers: Readonly<Record<string, number>> = {
  writeFile: 0, appendFile: 0, mkdir: 0, rm: 0, rmdir: 0, unlink: 0, truncate: 0, mkdtemp: 0, open: 0,
  createWriteStream: 0, copyFile: 1, cp: 1, link: 1, symlink: 1, rename: 1,
}; // prettier-ignore

const observed = [fs, fs.promises].flatMap((module) =>
  Object.entries(writers).flatMap(([name, argument]): ObservedFunction[] => [
    [module, name, argument],
    [module, `${name}Sync`, argument],
  ]),
);

/** Notices what is written through Node's `fs` outside of some folders. A tripwire, not a wall: see `FileAccessAudit`. */
export class WriteAudit {
  private readonly seen = new Set<string>();
  private readonly stop: () => void;

  /**
   * @param allowed folders in which all may be written
   * @param prefix beginning of the paths that the host itself writes
   */
  constructor(allowed: readonly string[], prefix: string) {
    this.stop = observeFiles(observed, (path, name, args) => {
      const absolute = resolve(path);
      if (name.startsWith('open') && !isForWriting(args)) return;
      if (absolute.startsWith(prefix)) return;
      if (allowed.some((folder) => absolute === folder || absolute.startsWith(folder + sep))) return;
      this.seen.add(absolute);
    });
  }

  /** @returns the paths, first come first */
  end(): string[] {
    this.stop();
    return [...this.seen];
  }
}

function isForWriting([, flags]: readonly unknown[]): boolean {
  if (typeof flags === 'number') return (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0;
  return typeof flags === 'string' && /[wa+]/.test(flags);
}
