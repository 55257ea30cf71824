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
import { Workspace } from '../../core/artifact/workspace';

const ownerSchema = z.object({
  pid: z.number(),
  hostname: z.string(),
  since: z.string(),
  command: z.string(),
});
const childSchema = z.object({ pid: z.number(), started: z.string() });

/**
 * The right to write into a workspace: a lock of the operating system on a file (taken through SQLite, which is
 * portable). It ends with its process, however that ends, and no clock decides whether its owner is alive.
 */
export class WorkspaceLock {
  private constructor(
    private readonly database: Database.Database,
    private readonly lock: Workspace['lock'],
  ) {}

  /** @throws RethinkError `WORKSPACE_BUSY`, which names the owner */
  static acquire(workspace: string, command: string): WorkspaceLock {
    const { lock } = new Workspace(workspace);
    try {
      // A recursive mkdir fails with ENOENT on a read-only file system; this fails with the actual reason.
      accessSync(nearestFolder(workspace), constants.W_OK);
      mkdirSync(lock.children, { recursive: true });
      const probe = join(lock.folder, `probe.${process.pid}`);
      writeFileSync(probe, '');
      rmSync(probe);
    } catch (error) {
      throw explainStorageError(error, { file: workspace }) ?? error;
    }
    const database = new Database(lock.file);
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if ((error as { code?: string }).code === 'SQLITE_BUSY') throw busy(workspace, lock);
      throw error;
    }
    writeFileSync(
      lock.owner,
      JSON.stringify({ pid: process.pid, hostname: hostname(), since: new Date().toISOString(), command }),
    );
    return new WorkspaceLock(database, lock);
  }

  /** Remembers a stage's process, so that the next owner ends it if this one dies before it. */
  childStarted(identity: ProcessIdentity): void {
    writeFileSync(join(this.lock.children, String(identity.pid)), JSON.stringify(identity));
  }

  childEnded(pid: number): void {
    rmSync(join(this.lock.children, String(pid)), { force: true });
  }

  /** Ends the processes that an earlier owner left behind; returns their number. */
  endOrphans(): number {
    const { children } = this.lock;
    let ended = 0;
    for (const name of readdirSync(children)) {
      const parsed = childSchema.safeParse(readJson(join(children, name)));
      if (parsed.success && identify(parsed.data.pid)?.started === parsed.data.started) {
        killGroup(parsed.data.pid);
        ended++;
      }
      rmSync(join(children, name), { force: true });
    }
    return ended;
  }

  release(): void {
    rmSync(this.lock.owner, { force: true });
    this.database.exec('ROLLBACK');
    this.database.close();
  }
}

/** The folder itself, or its closest ancestor that exists. */
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

function busy(workspace: string, { owner: file }: Workspace['lock']): RethinkError {
  const owner = existsSync(file) ? ownerSchema.safeParse(readJson(file)) : undefined;
  const who = owner?.success
    ? `process ${owner.data.pid} on ${owner.data.hostname}, since ${owner.data.since}: ${owner.data.command}`
    : 'it has just started';
  return new RethinkError('WORKSPACE_BUSY', `Another run is using this workspace (${who}).`, {
    location: { file: workspace },
    hint: 'Wait until it ends, stop it with Ctrl-C, or choose another workspace.',
  });
}
