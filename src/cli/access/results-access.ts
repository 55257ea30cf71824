import { existsSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import type { ResultsSnapshot } from '../../results/database/records';
import type { ResultsDatabaseOptions } from '../../results/database/database';
import type { ResultsService } from '../../results/database/results.service';
import { type Configuration, isPostgres } from './configuration';
import { Workspace } from '../../core/artifact/workspace';

/** Opens the workspace's results. The module is loaded when a command asks: the others start faster without a database. */
@Injectable()
export class ResultsAccess {
  constructor(private readonly loader: LazyModuleLoader) {}

  async open(configuration: Configuration): Promise<ResultsService> {
    const { ResultsModule, Service } = this.load();
    const module = await this.loader.load(() => ResultsModule.forRoot(resultsDatabase(configuration)));
    return module.get(Service);
  }

  /** Loads the code for a later `open`, while there is nothing else to do. */
  load() {
    const { ResultsModule } =
      require('../../results/database/results.module') as typeof import('../../results/database/results.module');
    const { ResultsService: Service } =
      require('../../results/database/results.service') as typeof import('../../results/database/results.service');

    return { ResultsModule, Service };
  }
}

export function resultsDatabase({ workspace, database }: Configuration): ResultsDatabaseOptions {
  if (database !== undefined && isPostgres(database)) return { url: database };
  return { file: database ?? new Workspace(workspace).database };
}

/**
 * For commands that only read: a workspace without results is left as it is.
 *
 * @param benchmark must be known where it is named; only it is answered then
 * @throws RethinkError `WORKSPACE_EMPTY` or `BENCHMARK_UNKNOWN`
 */
export async function readExistingResults(
  access: ResultsAccess,
  configuration: Configuration,
  benchmark?: string,
): Promise<ResultsSnapshot> {
  return await readExisting(access, configuration, benchmark, async (service) => {
    const snapshot = await service.snapshot(benchmark);
    return snapshot.benchmarks.length > 0 ? snapshot : undefined;
  });
}

/**
 * As `readExistingResults`, whatever is read.
 *
 * @param read answers `undefined` where the named benchmark is not known
 */
export async function readExisting<T>(
  access: ResultsAccess,
  configuration: Configuration,
  benchmark: string | undefined,
  read: (service: ResultsService) => Promise<T | undefined>,
): Promise<T> {
  const database = resultsDatabase(configuration);
  if ('file' in database && !existsSync(database.file)) throw emptyWorkspace(configuration);
  const service = await access.open(configuration);
  try {
    const found = await read(service);
    if (found !== undefined) return found;
    if (benchmark === undefined) throw emptyWorkspace(configuration);
    const names = (await service.overview()).map(({ name }) => name);
    throw new RethinkError('BENCHMARK_UNKNOWN', `no benchmark "${benchmark}" was run in this workspace`, {
      hint: suggest(benchmark, names),
    });
  } finally {
    await service.close();
  }
}

function emptyWorkspace({ workspace }: Configuration): RethinkError {
  return new RethinkError('WORKSPACE_EMPTY', 'this workspace has no results yet', {
    location: { file: workspace },
    hint: 'npm run -s rethink -- run benchmarks/quickstart.yaml',
  });
}
