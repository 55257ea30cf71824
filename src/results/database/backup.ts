import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { syncFile, syncFolder } from '../../core/files/atomic-file';
import { explainStorageError } from '../../core/files/storage-error';
import { RethinkError } from '../../contract';
import { openResultsDatabase } from './database';
import { explainDatabaseError } from './database-errors';

export interface BackedUp {
  readonly file: string;
  readonly bytes: number;
  readonly trials: number;
}

/**
 * Writes a complete and consistent copy of a SQLite results database, while others may write to it.
 *
 * @throws RethinkError `BACKUP_EXISTS`, `RESULTS_CORRUPT`, `RESULTS_BUSY`, `DISK_FULL`, …
 */
export async function backUp(file: string, target: string): Promise<BackedUp> {
  if (existsSync(target)) {
    throw new RethinkError('BACKUP_EXISTS', 'A file of this name already exists.', {
      location: { file: target },
      hint: 'Choose another name: a backup never replaces a file.',
    });
  }
  const draft = `${target}.${process.pid}.draft`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    const trials = copyInto(file, draft);
    await syncFile(draft);
    renameSync(draft, target);
    syncFolder(dirname(target));
    return { file: target, bytes: statSync(target).size, trials };
  } catch (error) {
    throw explainDatabaseError(error, file) ?? explainStorageError(error, { file: target }) ?? error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Replaces a results database by a backup; the former one stays beside it. The next run recovers stages that the backup
 * lacks from their artifacts.
 *
 * @returns the path of the former database, if there was one
 * @throws RethinkError `BACKUP_MISSING`, `RESULTS_CORRUPT`, `RESULTS_NEWER`, …; the database is then as it was
 */
export async function restore(
  backup: string,
  file: string,
): Promise<BackedUp & { readonly former?: string }> {
  if (!existsSync(backup)) {
    throw new RethinkError('BACKUP_MISSING', 'The backup does not exist.', { location: { file: backup } });
  }
  const draft = `${file}.${process.pid}.draft`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const copied = await copyChecked(backup, draft);
    const former = setAside(file);
    renameSync(draft, file);
    syncFolder(dirname(file));
    return { file, ...copied, former };
  } catch (error) {
    throw explainDatabaseError(error, backup) ?? explainStorageError(error, { file }) ?? error;
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
}

/** A complete copy with this version's schema, in one file. */
async function copyChecked(from: string, to: string): Promise<{ bytes: number; trials: number }> {
  copyInto(from, to);
  // Migrates it, or refuses one that a newer version wrote.
  await (await openResultsDatabase({ file: to })).destroy();
  const trials = inspect(to);
  await syncFile(to);
  return { bytes: statSync(to).size, trials };
}

/** @returns number of trials */
function copyInto(from: string, to: string): number {
  const source = new Database(from, { timeout: 30_000 });
  try {
    source.prepare('VACUUM INTO ?').run(to);
  } finally {
    source.close();
  }
  return inspect(to);
}

/** @returns number of trials */
function inspect(file: string): number {
  const copy = new Database(file);
  try {
    const [check] = copy.prepare('PRAGMA integrity_check').all() as [{ integrity_check: string }];
    if (check.integrity_check !== 'ok') throw corrupt(file, check.integrity_check);
    const tables = copy
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'trials'")
      .all();
    if (tables.length === 0) throw corrupt(file, 'it has no table of trials');
    const [count] = copy.prepare('SELECT COUNT(*) AS trials FROM trials').all() as [{ trials: number }];
    // Everything into the one file, in any journal mode.
    copy.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return count.trials;
  } finally {
    copy.close();
  }
}

function corrupt(file: string, reason: string): RethinkError {
  return new RethinkError('RESULTS_CORRUPT', `Not a complete results database: ${reason}.`, {
    location: { file },
    hint: 'Use an older backup, or run again without a database: finished stages are recovered from the artifacts.',
  });
}

function setAside(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const former = `${file}.before-restore-${stamp}`;
  // Its last writes may still be in the log beside it.
  const database = new Database(file, { timeout: 30_000 });
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A damaged one is moved unchanged.
  } finally {
    database.close();
  }
  renameSync(file, former);
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${former}${suffix}`);
  }
  return former;
}
