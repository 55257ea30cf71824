import { Inject, type Type } from '@nestjs/common';
import { CommandRunner } from 'nest-commander';
import type { Logger } from '../../contract';
import type { Configuration } from './configuration';
import { CurrentConfiguration } from './current-configuration';
import { type Flag, flag } from './options';
import { exitCodes } from '../terminal/exit-codes';
import { log, reportError } from '../terminal/output';

type Commander = Parameters<CommandRunner['setCommand']>[0];

export interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
  workspace?: string;
}

export const commonFlags: readonly Flag[] = [
  flag('--json', 'print one JSON document to standard output, everything else to standard error'),
  flag('--verbose', 'print more, including the stack of an error'),
  flag('--workspace <folder>', 'folder for data sets, artifacts, logs and results (default: .rethink)'),
];

/** What all commands share: `--json`, `--verbose`, `--workspace`, error output, exit codes. */
export abstract class RethinkCommand<Options extends CommonOptions = CommonOptions> extends CommandRunner {
  /** Modules whose services the command injects. */
  static readonly imports: readonly Type[] = [];
  /** Options beside the common ones. */
  static readonly flags: readonly Flag[] = [];

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
    command.allowExcessArguments(this.allowExcessArguments);
    for (const { flags, description, parse } of [
      ...(this.constructor as typeof RethinkCommand).flags,
      ...commonFlags,
    ]) {
      if (parse === undefined) command.option(flags, description);
      else command.option(flags, description, parse);
    }
    const { examples } = this;
    if (examples.length > 0) {
      command.addHelpText(
        'after',
        `\nExamples:\n${examples.map((example) => `  npm run -s rethink -- ${example}`).join('\n')}`,
      );
    }
    return this;
  }

  protected readonly allowExcessArguments: boolean = false;
  /** Command lines for the end of the help text, starting at the command's name. */
  protected readonly examples: readonly string[] = [];

  async run(args: string[]): Promise<void> {
    // Not nest-commander's second argument, which only has options of its decorator.
    const options = this.command.opts<Options>();
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
}
