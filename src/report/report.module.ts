import { type DynamicModule, Module } from '@nestjs/common';
import { ResultsModule } from '../results/results.module';
import type { ResultsDatabaseOptions } from '../results/database';
import { ReportService } from './report.service';

@Module({})
export class ReportModule {
  static forRoot(options: ResultsDatabaseOptions): DynamicModule {
    return {
      module: ReportModule,
      imports: [ResultsModule.forRoot(options)],
      providers: [ReportService],
      exports: [ReportService],
    };
  }
}
