import fs from 'node:fs';
import { resolve, sep } from 'node:path';
import { imagePath } from '../coco/values';
import { observeFiles, type ObservedFunction } from './observe-files';

/** Functions whose first argument is a path that is read. */
const readers = [
  'open', 'openSync', 'readFile', 'readFileSync', 'createReadStream', 'openAsBlob', 'readdir', 'readdirSync',
  'copyFile', 'copyFileSync', 'cp', 'cpSync', 'link', 'linkSync', 'rename', 'renameSync',
]; // prettier-ignore
const promiseReaders = ['open', 'readFile', 'copyFile', 'cp', 'link', 'rename'];
const observed = [
  ...readers.map((name): ObservedFunction => [fs, name, 0]),
  ...promiseReaders.map((name): ObservedFunction => [fs.promises, name, 0]),
];

/** Files of a data set: its annotation file, the one it was made from, and the folder of its images. */
export interface AuditedFiles {
  readonly annotations?: string;
  readonly source?: string;
  readonly images: string;
}

/**
 * Records which files of a data set are opened through Node's `fs` in this thread, to detect plugins that read validation
 * data. It is a tripwire, not a sandbox: native libraries (sharp, for instance) and other processes open files without
 * `fs`. Each thread that runs plugins has its own audit and reports to the stage's, by `takeNews` and `add`.
 *
 * Start it before any plugin is loaded, so that no plugin has the original functions.
 */
export class FileAccessAudit {
  private readonly opened = new Set<string>();
  private news: string[] = [];
  private readonly stop: () => void;
  private readonly roots: readonly string[];

  constructor(readonly files: AuditedFiles) {
    const { annotations, source, images } = files;
    this.roots = [images, annotations, source]
      .filter((path) => path !== undefined)
      .flatMap((path) => [resolve(path), real(path)]);
    this.stop = observeFiles(observed, (path) => this.note(path));
  }

  /** @returns files that were opened since the last call */
  takeNews(): string[] {
    return this.news.splice(0);
  }

  /** @param files that another thread opened */
  add(files: readonly string[]): void {
    for (const file of files) this.opened.add(file);
  }

  /**
   * Ends the audit.
   *
   * @param listImages reads the data set's list; only called if a file in its folder was opened, which splits may share
   * @returns ids of the images that were opened; all of them where the annotation file was
   */
  async end(
    listImages: () => Promise<readonly { readonly id: number; readonly file: string }[]>,
  ): Promise<number[]> {
    this.stop();
    if (this.opened.size === 0) return [];
    const { annotations, source, images } = this.files;
    const listed = await listImages();
    const has = (path: string): boolean => this.opened.has(resolve(path)) || this.opened.has(real(path));
    if ([annotations, source].some((file) => file !== undefined && has(file)))
      return listed.map(({ id }) => id);
    return listed.filter(({ file }) => has(imagePath(images, file))).map(({ id }) => id);
  }

  private note(path: string): void {
    for (const candidate of new Set([resolve(path), real(path)])) {
      const isAudited = this.roots.some((root) => candidate === root || candidate.startsWith(root + sep));
      if (!isAudited || this.opened.has(candidate)) continue;
      this.opened.add(candidate);
      this.news.push(candidate);
    }
  }
}

// The original, before any audit.
const realpathSync = fs.realpathSync.native;

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
