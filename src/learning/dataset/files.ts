import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { explainStorageError } from '../../core/files/storage-error';

/** Is told how far a long preparation is. */
export type DatasetProgress = (what: string, done: number, total: number) => void;

/** Works on images side by side. @returns the results in their order */
export function eachImage<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
  options: { progress?: DatasetProgress; what?: string; signal?: AbortSignal } = {},
): Promise<Result[]> {
  const { progress, what = 'images', signal } = options;
  let done = 0;
  return pLimit(4).map(items, async (item, index) => {
    signal?.throwIfAborted();
    const result = await work(item, index);
    done++;
    if (done % 50 === 0 || done === items.length) progress?.(what, done, items.length);
    return result;
  });
}

/** Writes a file, and its folder, atomically. */
export async function writeFileWhole(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomically(file, content);
}

/**
 * Fills a folder atomically; of several processes the first one wins.
 *
 * @throws RethinkError as `explainStorageError` names it, where the disk is full or may not be written
 */
export async function writeFolderWhole(
  folder: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  const partial = `${folder}.partial-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(partial, { recursive: true });
    await fill(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
    throw explainStorageError(error, { file: folder }) ?? error;
  }
}
