import { existsSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { RethinkError } from '../../contract';
import { Workspace } from '../../core/artifact/workspace';
import { suggest } from '../../core/text/did-you-mean';
import type { ResultsSnapshot } from '../../results/database/records';
import type { ResultsDatabaseOptions } from '../../results/database/database';
import type { ResultsService } from '../../results/database/results.service';
import { isPostgres } from './configuration';
import { CurrentConfiguration } from './current-configuration';

/** Opens the results of the workspace. TypeORM is loaded on first use: other commands start faster without it. */
@Injectable()
export class WorkspaceResults {
  constructor(
    private readonly loader: LazyModuleLoader,
    private readonly configuration: CurrentConfiguration,
  ) {}

  async open(): Promise<ResultsService> {
    const { ResultsModule, Service } = this.load();
    const module = await this.loader.load(() => ResultsModule.forRoot(this.database));
    return module.get(Service);
  }

  /** @returns `undefined` if the workspace has no results; nothing is created then */
  async openExisting(): Promise<ResultsService | undefined> {
    const { database } = this;
    return 'file' in database && !existsSync(database.file) ? undefined : await this.open();
  }

  /** Loads the code for a later `open` while the host would wait anyway. */
  load() {
    const { ResultsModule } =
      require('../../results/database/results.module') as typeof import('../../results/database/results.module');
    const { ResultsService: Service } =
      require('../../results/database/results.service') as typeof import('../../results/database/results.service');

    return { ResultsModule, Service };
  }

  get database(): ResultsDatabaseOptions {
    const { workspace, database } = this.configuration.value;
    if (database !== undefined && isPostgres(database)) return { url: database };
    return { file: database ?? new Workspace(workspace).database };
  }

  /**
   * All results, or those of one benchmark.
   *
   * @throws RethinkError `WORKSPACE_EMPTY` or `BENCHMARK_UNKNOWN`
   */
  async snapshot(benchmark?: string): Promise<ResultsSnapshot> {
    return await this.read(benchmark, async (service) => {
      const snapshot = await service.snapshot(benchmark);
      return snapshot.benchmarks.length > 0 ? snapshot : undefined;
    });
  }

  /**
   * As `snapshot`, for any query.
   *
   * @param query returns `undefined` if there are no such results
   */
  async read<T>(
    benchmark: string | undefined,
    query: (service: ResultsService) => Promise<T | undefined>,
  ): Promise<T> {
    const service = await this.openExisting();
    if (service === undefined) throw this.emptyWorkspace();
    try {
      const found = await query(service);
      if (found !== undefined) return found;
      if (benchmark === undefined) throw this.emptyWorkspace();
      const names = (await service.overview()).map(({ name }) => name);
      throw new RethinkError(
        'BENCHMARK_UNKNOWN',
        `Benchmark "${benchmark}" has no results in this workspace.`,
        { hint: suggest(benchmark, names) },
      );
    } finally {
      await service.close();
    }
  }

  emptyWorkspace(): RethinkError {
    return new RethinkError('WORKSPACE_EMPTY', 'This workspace has no results yet.', {
      location: { file: this.configuration.value.workspace },
      hint: 'Run a benchmark first: npm run -s rethink -- run benchmarks/quickstart.yaml',
    });
  }
}
