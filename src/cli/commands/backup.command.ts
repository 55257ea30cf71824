import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'nest-commander';
import { RethinkError } from '../../contract';
import { WorkspaceLock } from '../../host/execution/workspace-lock';
import { backUp, restore } from '../../results/database/backup';
import type { Configuration } from '../common/configuration';
import { print, printJson } from '../terminal/output';
import { WorkspaceResults } from '../common/workspace-results';
import { flag } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { summaryOf } from './summaries';
import { Workspace } from '../../core/artifact/workspace';

interface BackupOptions extends CommonOptions {
  restore?: boolean;
}

@Command({ ...summaryOf('backup'), arguments: '[file]' })
export class BackupCommand extends RethinkCommand<BackupOptions> {
  static override readonly flags = [
    flag('--restore', 'replace the database by this backup; the previous database is renamed'),
  ];
  protected override readonly examples = [
    'backup',
    'backup /backups/results-monday.sqlite',
    'backup /backups/results-monday.sqlite --restore',
  ];

  constructor(private readonly results: WorkspaceResults) {
    super();
  }

  protected async execute([name]: string[], options: BackupOptions): Promise<void> {
    const { configuration } = this;
    const database = this.sqliteFile();
    if (options.restore === true) {
      if (name === undefined) {
        throw new RethinkError('USAGE', 'No backup file was given.', {
          hint: `Backups of this workspace are in ${backupFolder(configuration)}.`,
        });
      }
      const restored = await restoreUnderLock(configuration, resolve(name), database);
      if (options.json === true) return printJson(restored);
      print(`${restored.trials} trials restored to ${restored.file}`);
      if (restored.former !== undefined) print(`previous database: ${restored.former}`);
      return;
    }
    if (!existsSync(database)) {
      throw this.results.emptyWorkspace();
    }
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const target =
      name === undefined ? join(backupFolder(configuration), `results-${stamp}.sqlite`) : resolve(name);
    const saved = await backUp(database, target);
    if (options.json === true) return printJson(saved);
    print(`${saved.trials} trials, ${(saved.bytes / 2 ** 20).toFixed(1)} MiB`);
    print(saved.file);
  }

  private sqliteFile(): string {
    const { database } = this.results;
    if ('file' in database) return database.file;
    throw new RethinkError('BACKUP_POSTGRES', 'The results are in a PostgreSQL database.', {
      hint: 'Use pg_dump and pg_restore; they also work during a run.',
    });
  }
}

function backupFolder({ workspace }: Configuration): string {
  return new Workspace(workspace).backups;
}

/** No run may write while the file is replaced. */
async function restoreUnderLock(configuration: Configuration, backup: string, database: string) {
  const lock = WorkspaceLock.acquire(configuration.workspace, 'rethink backup --restore');
  try {
    return await restore(backup, database);
  } finally {
    lock.release();
  }
}
