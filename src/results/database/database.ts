import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';
import { RethinkError } from '../../contract';
import { explainDatabaseError } from './database-errors';
import * as entities from './entities';
import { migrations } from './migrations';

export type ResultsDatabaseOptions =
  | {
      /** Path of the SQLite file; created with its folder where it does not exist. */
      readonly file: string;
      /** How long to wait for another writer; 5,000 by default. */
      readonly busyTimeoutMs?: number;
    }
  | {
      /** `postgres://user:password@host:port/database`; missing parts are taken from `PGUSER`, `PGPASSWORD`, … */
      readonly url: string;
    };

/** A database's location for errors: without its password. */
export function shownDatabase(options: ResultsDatabaseOptions): string {
  return 'file' in options ? options.file : options.url.replace(/^([a-z]+:\/\/[^/@:]*):[^@/]*@/, '$1@');
}

function sourceOf(options: ResultsDatabaseOptions): DataSource {
  const common = {
    entities,
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'all',
    synchronize: false,
    logging: false,
  } as const;
  if ('url' in options) {
    const { url } = options;
    // One process writes one thing after the other: more connections would only be idle.
    const extra = { connectionTimeoutMillis: 10_000, max: 2 };
    return new DataSource({ type: 'postgres', url, applicationName: 'rethink', extra, ...common });
  }
  return new DataSource({
    type: 'better-sqlite3',
    // The same interface as better-sqlite3, with prebuilt binaries from the registry: nothing is compiled or fetched.
    driver: require('libsql') as unknown,
    database: options.file,
    timeout: options.busyTimeoutMs ?? 5000,
    enableWAL: true,
    ...common,
  });
}

/**
 * Opens the results database and brings its schema up to date.
 *
 * @throws RethinkError `RESULTS_BUSY`, `RESULTS_CORRUPT`, `RESULTS_NOT_WRITABLE`, `RESULTS_DISK`, `RESULTS_NEWER`,
 *   `RESULTS_UNREACHABLE`, `RESULTS_DENIED`
 */
export async function openResultsDatabase(options: ResultsDatabaseOptions): Promise<DataSource> {
  const source = sourceOf(options);
  const shown = shownDatabase(options);
  try {
    if ('file' in options) mkdirSync(dirname(options.file), { recursive: true });
    await source.initialize();
    await migrate(source, shown);
    return source;
  } catch (error) {
    if (source.isInitialized) await source.destroy();
    throw explainDatabaseError(error, shown) ?? explainFileError(error, shown) ?? error;
  }
}

async function migrate(source: DataSource, file: string): Promise<void> {
  await refuseNewer(source, file);
  try {
    await source.runMigrations();
  } catch (error) {
    // Another process may have migrated it in the meantime.
    if (await source.showMigrations()) throw error;
  }
}

async function refuseNewer(source: DataSource, file: string): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    if (!(await runner.hasTable('migrations'))) return;
    const applied = (await runner.query('SELECT name FROM migrations ORDER BY timestamp')) as {
      name: string;
    }[];
    const known = new Set(source.migrations.map((migration) => migration.name));
    const unknown = applied.find(({ name }) => !known.has(name));
    if (unknown === undefined) return;
    throw new RethinkError(
      'RESULTS_NEWER',
      `The results database was written by a newer Rethink Bench (migration ${unknown.name}).`,
      { location: { file }, hint: 'Update Rethink Bench, or use another workspace.' },
    );
  } finally {
    await runner.release();
  }
}

function explainFileError(error: unknown, file: string): RethinkError | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOSPC)$/.test(code)) return undefined;
  return new RethinkError(
    'RESULTS_NOT_WRITABLE',
    `The folder of the results database can't be created (${code}).`,
    {
      location: { file },
      hint: 'Check the permissions of the folder, or use another workspace.',
      cause: error,
    },
  );
}
