import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { replaceFileDurably, syncFolder, writeFileDurably } from '../../core/files/atomic-file';
import { explainStorageError } from '../../core/files/storage-error';
import { artifactFiles } from '../../core/plan/stage-job';
import { Workspace } from '../../core/artifact/workspace';

/**
 * Writes a stage's files of a bundle as a whole, replacing earlier ones. They are separate from the workspace's own
 * artifacts, because a training without its weights is incomplete: a run never reuses these files.
 */
export function writeImportedStage(
  workspace: Workspace,
  key: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): void {
  const target = workspace.importedStage(key);
  const name = `${key}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const draft = join(workspace.imported.drafts, name);
  try {
    mkdirSync(draft, { recursive: true });
    for (const [file, content] of files) writeFileDurably(join(draft, file), content);
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

/** Writes a single file as a whole. */
export function writeImported(file: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFileDurably(file, content);
  } catch (error) {
    throw explainStorageError(error, { file }) ?? error;
  }
}

/** Whether a workspace has the record of an imported stage, from which the results database can be rebuilt. */
export function hasImportedStage(workspace: string): (key: string) => boolean {
  const layout = new Workspace(workspace);
  return (key) => existsSync(join(layout.importedStage(key), artifactFiles.outcome));
}

/** The folder of a stage's results: among the workspace's own artifacts, otherwise among imported ones. */
export function resultFolders(workspace: string): (key: string) => string {
  const layout = new Workspace(workspace);
  return (key) => {
    const own = layout.artifact(key);
    const imported = layout.importedStage(key);
    return existsSync(own) || !existsSync(imported) ? own : imported;
  };
}
