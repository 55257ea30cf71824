import { type DynamicModule, Module } from '@nestjs/common';
import { calledCommand, loadCommand } from './load-command';
import { Overview, Program } from './program';

@Module({ providers: [Program] })
export class CliModule {
  /** @param args the command line after the program's name */
  static forCommandLine(args: readonly string[]): DynamicModule {
    const name = calledCommand(args);
    if (name === undefined) return { module: CliModule, providers: [Overview] };
    const { CommonModule } = require('./common/common.module') as typeof import('./common/common.module');
    const classes = loadCommand(name);
    return {
      module: CliModule,
      imports: [CommonModule, ...new Set(classes.flatMap(({ imports }) => imports))],
      providers: [...classes],
    };
  }
}
