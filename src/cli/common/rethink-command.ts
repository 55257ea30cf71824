import { Inject, type Type } from '@nestjs/common';
import { CommandRunner, Option } from 'nest-commander';
import type { Logger } from '../../contract';
import type { Configuration } from './configuration';
import { CurrentConfiguration } from './current-configuration';
import { exitCodes } from '../terminal/exit-codes';
import { log, reportError } from '../terminal/output';

type Commander = Parameters<CommandRunner['setCommand']>[0];

export interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
  workspace?: string;
}

/** What all commands share: `--json`, `--verbose`, `--workspace`, error output, exit codes. */
export abstract class RethinkCommand<Options extends CommonOptions = CommonOptions> extends CommandRunner {
  /** Modules whose services the command injects. */
  static readonly imports: readonly Type[] = [];

  @Inject(CurrentConfiguration)
  private readonly currentConfiguration!: CurrentConfiguration;
  private verbose = false;

  /** Does the work; an exit code other than 0 may be returned. */
  protected abstract execute(args: string[], options: Options): Promise<number | void>;

  override setCommand(command: Commander): this {
    super.setCommand(command);
    // `data prepare --workspace …` is not `data --workspace … prepare`.
    command.enablePositionalOptions();
    // Commander has already printed help or the mistake in the command line.
    command.exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.input));
    const { examples } = this;
    if (examples.length > 0) {
      command.addHelpText(
        'after',
        `\nExamples:\n${examples.map((example) => `  npm run -s rethink -- ${example}`).join('\n')}`,
      );
    }
    return this;
  }

  /** Command lines for the end of the help text, starting at the command's name. */
  protected readonly examples: readonly string[] = [];

  async run(args: string[], options: Options): Promise<void> {
    this.verbose = options.verbose === true;
    this.currentConfiguration.override({ ...(options as CommonOptions & Record<string, unknown>) });
    try {
      process.exitCode = (await this.execute(args, options)) ?? exitCodes.ok;
    } catch (error) {
      process.exitCode = reportError(error, options);
    }
  }

  /** @throws RethinkError `CONFIGURATION_INVALID` */
  protected get configuration(): Configuration {
    return this.currentConfiguration.value;
  }

  /** Writes to standard error. */
  protected get logger(): Logger {
    return {
      debug: (message) => this.verbose && log(message),
      info: (message) => log(message),
      warn: (message) => log(`warning: ${message}`),
    };
  }

  @Option({
    flags: '--json',
    description: 'print one JSON document to standard output, everything else to standard error',
  })
  parseJson(): boolean {
    return true;
  }

  @Option({ flags: '--verbose', description: 'print more, including the stack of an error' })
  parseVerbose(): boolean {
    return true;
  }

  @Option({
    flags: '--workspace <folder>',
    description: 'folder for data sets, artifacts, logs and results (default: .rethink)',
  })
  parseWorkspace(value: string): string {
    return value;
  }
}
