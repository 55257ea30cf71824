import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a file's content survive a power cut. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder's entries (new files, renames) survive a power cut. */
export function syncFolder(folder: string): void {
  // Windows opens no folders, and needs no fsync of them.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes and fsyncs a file; on failure, nothing of it stays. */
export function writeFileDurably(file: string, content: string | Uint8Array): void {
  const handle = openSync(file, 'w');
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let offset = 0; offset < bytes.length;) {
      offset += writeSync(handle, bytes, offset, bytes.length - offset);
    }
    fsyncSync(handle);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}

/**
 * Writes, flushes to the disk and renames: after a crash there is the old content or the new one. Does not block the
 * process, which matters for checkpoints of gigabytes.
 */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const neighbour = `${file}.partial-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(neighbour, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(neighbour, file);
  } catch (error) {
    await rm(neighbour, { force: true });
    throw error;
  }
}

/** Replaces a file in one step: a reader sees the old content or the new one, never a part. */
export function replaceFileDurably(file: string, content: string | Uint8Array): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileDurably(draft, content);
  renameSync(draft, file);
  syncFolder(dirname(file));
}
