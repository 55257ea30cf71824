import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
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
export function writeFileDurably(file: string, content: string): void {
  const handle = openSync(file, 'w');
  try {
    const bytes = Buffer.from(content);
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

/** Replaces a file in one step: a reader sees the old content or the new one, never a part. */
export function replaceFileDurably(file: string, content: string): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileDurably(draft, content);
  renameSync(draft, file);
  syncFolder(dirname(file));
}
