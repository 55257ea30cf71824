import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { ArtifactStore } from '../../core/artifact/artifact-store';
import { syncFolder, writeFileDurably } from '../../core/files/atomic-file';
import { explainStorageError } from '../../core/files/storage-error';
import { artifactFiles } from '../../core/plan/stage-job';
import { Workspace } from '../../core/artifact/workspace';

/**
 * What a bundle contains of the artifacts of imported stages. Separate from the workspace's own artifacts, because
 * a training without its weights is incomplete: a run never reuses these files.
 */
export class ImportedResults {
  private readonly workspace: Workspace;

  constructor(workspace: string) {
    this.workspace = new Workspace(workspace);
  }

  folder(key: string): string {
    return this.workspace.importedStage(key);
  }

  /** Whether a stage's record lies here, from which the results database can be made again. */
  has(key: string): boolean {
    return existsSync(join(this.folder(key), artifactFiles.outcome));
  }

  /** Annotations by the data set's digest. */
  truthFile(digest: string): string {
    return this.workspace.importedTruth(digest);
  }

  /** Where images would lie; no bundle has them. */
  imagesFolder(digest: string): string {
    return this.workspace.importedImages(digest);
  }

  /** What is known of an imported bundle, by its SHA-256. */
  recordFile(sha256: string): string {
    return this.workspace.importedBundle(sha256);
  }

  /** Puts a stage's files in place, whole; what lay there before is replaced. */
  write(key: string, files: ReadonlyMap<string, string>): void {
    const target = this.folder(key);
    const draft = join(
      this.workspace.imported.drafts,
      `${key}.${process.pid}.${randomBytes(4).toString('hex')}`,
    );
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
  const results = new ImportedResults(workspace);
  return (key) => {
    const own = store.folder(key);
    if (existsSync(own)) return own;
    const imported = results.folder(key);
    return existsSync(imported) ? imported : own;
  };
}
