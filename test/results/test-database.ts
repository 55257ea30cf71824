import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ResultsDatabaseOptions } from '../../src/results/database/database';

/** Where databases for tests can be made, `postgres://user@host/postgres`: `npm run test:postgres` sets it. */
const server = process.env['RETHINK_TEST_POSTGRES'];

export const onPostgres = server !== undefined;

const made = new Set<string>();

/** An empty database of the kind that is tested: a SQLite file in the folder, or one on the server. */
export async function testDatabase(folder: string, name = 'results'): Promise<ResultsDatabaseOptions> {
  if (server === undefined) return { file: join(folder, `${name}.sqlite`), busyTimeoutMs: 200 };
  const database = `rethink_test_${randomBytes(6).toString('hex')}`;
  await ask(`CREATE DATABASE ${database}`);
  made.add(database);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return { url: url.href };
}

/** Removes what `testDatabase` made on the server; files go with their folder. */
export async function removeTestDatabases(): Promise<void> {
  for (const database of made) await ask(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  made.clear();
}

async function ask(statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
