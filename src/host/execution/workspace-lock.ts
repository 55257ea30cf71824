import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Database from 'libsql';
import { z } from 'zod';
import { explainStorageError } from '../../core/files/storage-error';
import { RethinkError } from '../../contract';
import { identify, killGroup, type ProcessIdentity } from '../../core/process/process-tree';

const holderSchema = z.object({
  pid: z.number(),
  hostname: z.string(),
  since: z.string(),
  command: z.string(),
});
const childSchema = z.object({ pid: z.number(), started: z.string() });

/**
 * The right to write into a workspace. It is a lock of the operating system on a file (taken through SQLite, which does
 * so portably): it ends with its process, however that ends, and needs no clock to tell a dead holder from a slow one.
 */
export class WorkspaceLock {
  private constructor(
    private readonly database: Database.Database,
    private readonly folder: string,
  ) {}

  /** @throws RethinkError `WORKSPACE_BUSY`, which names the holder */
  static acquire(workspace: string, command: string): WorkspaceLock {
    const folder = join(workspace, 'run');
    try {
      // A recursive mkdir says ENOENT where the file system is read-only; this says why.
      accessSync(nearestFolder(workspace), constants.W_OK);
      mkdirSync(join(folder, 'children'), { recursive: true });
      const probe = join(folder, `probe.${process.pid}`);
      writeFileSync(probe, '');
      rmSync(probe);
    } catch (error) {
      throw explainStorageError(error, { file: workspace }) ?? error;
    }
    const database = new Database(join(folder, 'lock.sqlite'));
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if ((error as { code?: string }).code === 'SQLITE_BUSY') throw busy(workspace, folder);
      throw error;
    }
    const lock = new WorkspaceLock(database, folder);
    writeFileSync(
      join(folder, 'holder.json'),
      JSON.stringify({ pid: process.pid, hostname: hostname(), since: new Date().toISOString(), command }),
    );
    return lock;
  }

  /** Remembers a stage's process, so that the next holder ends it should this one die and it stay. */
  childStarted(identity: ProcessIdentity): void {
    writeFileSync(join(this.folder, 'children', String(identity.pid)), JSON.stringify(identity));
  }

  childEnded(pid: number): void {
    rmSync(join(this.folder, 'children', String(pid)), { force: true });
  }

  /** Ends what is left of an earlier holder's processes; answers how many there were. */
  endOrphans(): number {
    const folder = join(this.folder, 'children');
    let ended = 0;
    for (const name of readdirSync(folder)) {
      const parsed = childSchema.safeParse(readJson(join(folder, name)));
      if (parsed.success && identify(parsed.data.pid)?.started === parsed.data.started) {
        killGroup(parsed.data.pid);
        ended++;
      }
      rmSync(join(folder, name), { force: true });
    }
    return ended;
  }

  release(): void {
    rmSync(join(this.folder, 'holder.json'), { force: true });
    this.database.exec('ROLLBACK');
    this.database.close();
  }
}

/** The folder itself, or the first one above it that exists. */
function nearestFolder(folder: string): string {
  let current = resolve(folder);
  while (!existsSync(current) && dirname(current) !== current) current = dirname(current);
  return current;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function busy(workspace: string, folder: string): RethinkError {
  const file = join(folder, 'holder.json');
  const holder = existsSync(file) ? holderSchema.safeParse(readJson(file)) : undefined;
  const who = holder?.success
    ? `process ${holder.data.pid} on ${holder.data.hostname}, since ${holder.data.since}: ${holder.data.command}`
    : 'it has only just begun';
  return new RethinkError('WORKSPACE_BUSY', `another run is at work in this workspace (${who})`, {
    location: { file: workspace },
    hint: 'wait until it ends, stop it with Ctrl-C, or choose another workspace',
  });
}
