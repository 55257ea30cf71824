import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../../core/files/atomic-file';
import { RethinkError } from '../../contract';

/** Tells how far a long preparation is. */
export type DatasetProgress = (what: string, done: number, total: number) => void;

/** Writes a file, and the folder that it wants, so that it is there as a whole or not at all. */
export async function writeFileWhole(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomically(file, content);
}

/**
 * Fills a folder so that it is there as a whole or not at all; whoever is first of several at once wins.
 *
 * @throws RethinkError `DATASET_WRITE` where the disk is full or may not be written
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
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EACCES' || code === 'EROFS') {
      throw new RethinkError('DATASET_WRITE', `The file cannot be written (${code}).`, {
        location: { file: folder },
        hint:
          code === 'ENOSPC' || code === 'EDQUOT'
            ? 'Free space on the disk and run the command again.'
            : 'Choose another workspace.',
        cause: error,
      });
    }
    throw error;
  }
}
