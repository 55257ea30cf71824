import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { syncFolder, writeFileDurably } from '../../core/files/atomic-file';
import { stageKeyPattern } from '../../core/artifact/manifest';
import { explainStorageError } from '../../core/files/storage-error';
import { artifactFiles } from '../../core/plan/stage-job';

/**
 * What imported stages left, as far as a bundle has it: `<workspace>/kept/<first 2 of key>/<key>/`. Apart from the
 * artifacts, because a training without its weights is none: a run never takes what lies here for its own.
 */
export class ImportedResults {
  private readonly root: string;

  constructor(workspace: string) {
    this.root = join(workspace, 'kept');
  }

  folder(key: string): string {
    if (!stageKeyPattern.test(key)) throw new TypeError(`no stage key: ${JSON.stringify(key)}`);
    return join(this.root, 'stages', key.slice(0, 2), key);
  }

  /** Whether a stage's record lies here, from which the results database can be made again. */
  has(key: string): boolean {
    return existsSync(join(this.folder(key), artifactFiles.outcome));
  }

  /** Annotations by the data set's digest. */
  truthFile(digest: string): string {
    if (!stageKeyPattern.test(digest)) throw new TypeError(`no digest: ${JSON.stringify(digest)}`);
    return join(this.root, 'truth', `${digest}.json`);
  }

  /** Where images would lie; no bundle has them. */
  imagesFolder(digest: string): string {
    return join(this.root, 'images', digest);
  }

  /** What is known of an imported bundle, by its SHA-256. */
  recordFile(sha256: string): string {
    return join(this.root, 'bundles', `${sha256}.json`);
  }

  /** Puts a stage's files in place, whole; what lay there before is replaced. */
  write(key: string, files: ReadonlyMap<string, string>): void {
    const target = this.folder(key);
    const draft = join(this.root, '.drafts', `${key}.${process.pid}.${randomBytes(4).toString('hex')}`);
    try {
      mkdirSync(draft, { recursive: true });
      for (const [name, text] of files) writeFileDurably(join(draft, name), text);
      mkdirSync(dirname(target), { recursive: true });
      if (existsSync(target)) renameSync(target, `${draft}.old`);
      renameSync(draft, target);
      syncFolder(dirname(target));
      rmSync(`${draft}.old`, { recursive: true, force: true });
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      throw explainStorageError(error, { file: target }) ?? error;
    }
  }

  /** Writes a file of its own place, whole. */
  writeFile(file: string, text: string): void {
    try {
      mkdirSync(dirname(file), { recursive: true });
      const draft = `${file}.${process.pid}.draft`;
      writeFileDurably(draft, text);
      renameSync(draft, file);
      syncFolder(dirname(file));
    } catch (error) {
      throw explainStorageError(error, { file }) ?? error;
    }
  }
}

/** Where what a stage left lies: among the workspace's own artifacts, or else among imported results. */
export function resultFolders(workspace: string): (key: string) => string {
  const store = new ArtifactStore(workspace);
  const kept = new ImportedResults(workspace);
  return (key) => {
    const own = store.folder(key);
    if (existsSync(own)) return own;
    const imported = kept.folder(key);
    return existsSync(imported) ? imported : own;
  };
}
