import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import type { ResultsService } from '../results/results.service';
import type { Configuration } from './configuration';

/** Opens the workspace's results. The module is loaded when a command asks: the others start faster without a database. */
@Injectable()
export class ResultsAccess {
  constructor(private readonly loader: LazyModuleLoader) {}

  async open(configuration: Configuration): Promise<ResultsService> {
    /* eslint-disable @typescript-eslint/no-require-imports -- loaded late, and TypeScript is compiled by the require hook */
    const { ResultsModule } =
      require('../results/results.module') as typeof import('../results/results.module');
    const { ResultsService: Service } =
      require('../results/results.service') as typeof import('../results/results.service');
    /* eslint-enable @typescript-eslint/no-require-imports */
    const module = await this.loader.load(() => ResultsModule.forRoot({ file: databaseFile(configuration) }));
    return module.get(Service);
  }
}

export function databaseFile({ workspace }: Configuration): string {
  return join(workspace, 'results.sqlite');
}
