import { flag, integer, repeatable } from './options';
import { type CommonOptions, RethinkCommand } from './rethink-command';

export interface BenchmarkOptions extends CommonOptions {
  only?: string[];
  seeds?: number;
}

/** Commands that take a benchmark file and select trials of it. */
export abstract class BenchmarkCommand<
  Options extends BenchmarkOptions = BenchmarkOptions,
> extends RethinkCommand<Options> {
  static override readonly flags = [
    flag(
      '--only <selectors>',
      'select trials: axis=value pairs separated by commas, with * and ? as wildcards; repeatable',
      repeatable,
    ),
    flag('--seeds <count>', 'use seeds 0 … count − 1 instead of those in the file', integer(1, 1000)),
  ];
}
