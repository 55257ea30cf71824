import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'nest-commander';
import { RethinkError } from '../../contract';
import { WorkspaceLock } from '../../host/execution/workspace-lock';
import { backUp, restore } from '../../results/database/backup';
import type { Configuration } from '../access/configuration';
import { print, printJson } from '../terminal/output';
import { resultsDatabase } from '../access/results-access';
import { type CommonOptions, RethinkCommand } from '../access/rethink-command';
import { Workspace } from '../../core/artifact/workspace';

interface BackupOptions extends CommonOptions {
  restore?: boolean;
}

@Command({
  name: 'backup',
  arguments: '[file]',
  description: 'copy the results database, even while a run writes to it; or put a copy back',
})
export class BackupCommand extends RethinkCommand<BackupOptions> {
  protected override readonly examples = [
    'backup',
    'backup /backups/results-monday.sqlite',
    'backup /backups/results-monday.sqlite --restore',
  ];

  protected async execute([name]: string[], options: BackupOptions): Promise<void> {
    const configuration = this.configuration();
    const database = sqliteFile(configuration);
    if (options.restore === true) {
      if (name === undefined) {
        throw new RethinkError('USAGE', 'no backup was named', {
          hint: `backups of this workspace lie in ${backupFolder(configuration)}`,
        });
      }
      const restored = await restoreUnderLock(configuration, resolve(name), database);
      if (options.json === true) return printJson(restored);
      print(`${restored.trials} trials are back in ${restored.file}`);
      if (restored.former !== undefined) print(`what was there is kept: ${restored.former}`);
      return;
    }
    if (!existsSync(database)) {
      throw new RethinkError('WORKSPACE_EMPTY', 'this workspace has no results yet', {
        location: { file: configuration.workspace },
      });
    }
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const target =
      name === undefined ? join(backupFolder(configuration), `results-${stamp}.sqlite`) : resolve(name);
    const saved = await backUp(database, target);
    if (options.json === true) return printJson(saved);
    print(`${saved.trials} trials, ${(saved.bytes / 2 ** 20).toFixed(1)} MiB`);
    print(saved.file);
  }

  @Option({
    flags: '--restore',
    description: 'put this backup into the place of the database, which is kept under another name',
  })
  parseRestore(): boolean {
    return true;
  }
}

function backupFolder({ workspace }: Configuration): string {
  return new Workspace(workspace).backups;
}

function sqliteFile(configuration: Configuration): string {
  const database = resultsDatabase(configuration);
  if ('file' in database) return database.file;
  throw new RethinkError('BACKUP_POSTGRES', 'these results are in a PostgreSQL database', {
    hint: 'pg_dump and pg_restore copy it, also while a run writes to it',
  });
}

/** No run may write while the file is exchanged. */
async function restoreUnderLock(configuration: Configuration, backup: string, database: string) {
  const lock = WorkspaceLock.acquire(configuration.workspace, 'rethink backup --restore');
  try {
    return await restore(backup, database);
  } finally {
    lock.release();
  }
}
