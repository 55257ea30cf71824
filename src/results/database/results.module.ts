import { type DynamicModule, Module } from '@nestjs/common';
import type { ResultsDatabaseOptions } from './database';
import { RESULTS_OPTIONS, ResultsService } from './results.service';

@Module({})
export class ResultsModule {
  /** @param options where the database is; it is opened when it is first asked for */
  static forRoot(options: ResultsDatabaseOptions): DynamicModule {
    return {
      module: ResultsModule,
      providers: [{ provide: RESULTS_OPTIONS, useValue: options }, ResultsService],
      exports: [ResultsService],
    };
  }
}
