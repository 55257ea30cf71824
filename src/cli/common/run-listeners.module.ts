import { createWriteStream } from 'node:fs';
import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import type { RunListener } from '../../core/plan/run-events';
import { JsonLinesListener } from '../../host/execution/json-lines-listener';
import { resultFolders } from '../../results/bundle/imported-results';
import { ResultsListener } from '../../results/database/results.listener';
import type { ResultsService } from '../../results/database/results.service';
import { TerminalListener } from '../terminal/terminal.listener';

/** Injection token of all listeners of a run, in the order in which they are told of an event. */
export const RUN_LISTENERS = Symbol('run listeners');

export interface RunListenersOptions {
  readonly workspace: string;
  /** Where the run is recorded. */
  readonly results: ResultsService;
  /** File, device or named pipe for the events as lines of JSON. */
  readonly events?: string;
}

@Module({})
export class RunListenersModule {
  static forRoot({ workspace, results, events }: RunListenersOptions): DynamicModule {
    const listeners: FactoryProvider<RunListener>[] = [
      { provide: ResultsListener, useFactory: () => new ResultsListener(results, resultFolders(workspace)) },
      { provide: TerminalListener, useFactory: () => new TerminalListener(process.stderr) },
    ];
    if (events !== undefined) {
      const open = () => new JsonLinesListener(createWriteStream(events, { flags: 'a' }));
      listeners.push({ provide: JsonLinesListener, useFactory: open });
    }
    const all: FactoryProvider<RunListener[]> = {
      provide: RUN_LISTENERS,
      inject: listeners.map(({ provide }) => provide),
      useFactory: (...each: RunListener[]) => each,
    };
    return { module: RunListenersModule, providers: [...listeners, all], exports: [RUN_LISTENERS] };
  }
}
