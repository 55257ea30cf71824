import { Option } from 'nest-commander';
import { RethinkError } from '../../contract';
import { integerOption } from './options';
import { type CommonOptions, RethinkCommand } from './rethink-command';

export interface BenchmarkOptions extends CommonOptions {
  only?: string[];
  seeds?: number;
  backend?: string;
}

/** Commands that take a benchmark file and select trials of it. */
export abstract class BenchmarkCommand<
  Options extends BenchmarkOptions = BenchmarkOptions,
> extends RethinkCommand<Options> {
  /** @throws RethinkError `USAGE` */
  protected benchmarkFile(args: readonly string[]): string {
    const [file, extra] = args;
    if (file === undefined) {
      throw new RethinkError('USAGE', 'No benchmark file was given.', {
        hint: 'For example: benchmarks/quickstart.yaml',
      });
    }
    if (extra !== undefined) {
      throw new RethinkError('USAGE', `Expected one benchmark file, got an extra argument "${extra}".`, {
        hint: 'Separate several selectors after --only by commas.',
      });
    }
    return file;
  }

  @Option({
    flags: '--only <selectors>',
    description: 'select trials: axis=value pairs separated by commas, with * and ? as wildcards; repeatable',
  })
  parseOnly(value: string, before: string[] = []): string[] {
    return [...before, value];
  }

  @Option({ flags: '--seeds <count>', description: 'use seeds 0 … count − 1 instead of those in the file' })
  parseSeeds(value: string): number {
    return integerOption('--seeds', value, 1, 1000);
  }

  @Option({ flags: '--backend <name>', description: 'tensor engine: tensorflow (default), webgpu or cpu' })
  parseBackend(value: string): string {
    return value;
  }
}
