import { Option } from 'nest-commander';
import { RethinkError } from '../../contract';
import { type CommonOptions, RethinkCommand } from './rethink-command';

export interface BenchmarkOptions extends CommonOptions {
  only?: string[];
  seeds?: number;
  backend?: string;
}

/** Commands that take a benchmark file and choose trials of it. */
export abstract class BenchmarkCommand<
  Options extends BenchmarkOptions = BenchmarkOptions,
> extends RethinkCommand<Options> {
  /** @throws RethinkError `USAGE` */
  protected benchmarkFile(inputs: readonly string[]): string {
    const [file, extra] = inputs;
    if (file === undefined) {
      throw new RethinkError('USAGE', 'no benchmark file was named', {
        hint: 'for instance benchmarks/quickstart.yaml',
      });
    }
    if (extra !== undefined) {
      throw new RethinkError('USAGE', `one benchmark file at a time; "${extra}" is too much`, {
        hint: 'several selectors go behind one --only, separated by commas',
      });
    }
    return file;
  }

  /** @throws RethinkError `USAGE` */
  protected checkSeeds(seeds: number | undefined): void {
    if (seeds === undefined || (Number.isInteger(seeds) && seeds >= 1 && seeds <= 1000)) return;
    throw new RethinkError('USAGE', '--seeds wants a whole number from 1 to 1000');
  }

  @Option({
    flags: '--only <selectors>',
    description:
      'only trials that fit: axis=value pairs separated by commas, * and ? as in a shell; may be repeated',
  })
  parseOnly(value: string, before: string[] = []): string[] {
    return [...before, value];
  }

  @Option({ flags: '--seeds <count>', description: 'seeds 0 … count − 1 in place of those in the file' })
  parseSeeds(value: string): number {
    return Number(value);
  }

  @Option({ flags: '--backend <name>', description: 'tensor engine: tensorflow (default), webgpu or cpu' })
  parseBackend(value: string): string {
    return value;
  }
}
