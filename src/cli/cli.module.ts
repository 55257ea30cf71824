import { type DynamicModule, Module } from '@nestjs/common';
import { commandClasses, commandModules } from './command-classes';
import { ProgramName } from './terminal/program-name';
import { ReportAccess } from './access/report-access';
import { ResultsAccess } from './access/results-access';

@Module({ providers: [ProgramName, ResultsAccess, ReportAccess] })
export class CliModule {
  /** @param words the command line after the program's name */
  static forCommandLine(words: readonly string[]): DynamicModule {
    return {
      module: CliModule,
      imports: [...commandModules(words)],
      providers: [...commandClasses(words)],
    };
  }
}
