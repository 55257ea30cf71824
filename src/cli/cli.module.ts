import { type DynamicModule, Module } from '@nestjs/common';
import { BenchmarkModule } from '../benchmark/benchmark.module';
import { ExecutionModule } from '../execution/execution.module';
import { commandClasses } from './command-classes';
import { ProgramName } from './program-name';
import { ReportAccess } from './report-access';
import { ResultsAccess } from './results-access';

@Module({
  imports: [BenchmarkModule, ExecutionModule],
  providers: [ProgramName, ResultsAccess, ReportAccess],
})
export class CliModule {
  /** @param words the command line after the program's name */
  static forCommandLine(words: readonly string[]): DynamicModule {
    return { module: CliModule, providers: [...commandClasses(words)] };
  }
}
