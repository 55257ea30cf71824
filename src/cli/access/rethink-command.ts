import { CommandRunner, Option } from 'nest-commander';
import type { Logger } from '../../contract';
import { type Configuration, loadConfiguration } from './configuration';
import { exitCodes } from '../terminal/exit-codes';
import { reportError, say } from '../terminal/output';

type Commander = Parameters<CommandRunner['setCommand']>[0];

export interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
  workspace?: string;
}

/** What all commands share: `--json`, `--verbose`, `--workspace`, errors for people, exit codes. */
export abstract class RethinkCommand<Options extends CommonOptions = CommonOptions> extends CommandRunner {
  private common: CommonOptions = {};

  /** Does the work; an exit code other than 0 may be returned. */
  protected abstract execute(inputs: string[], options: Options): Promise<number | void>;

  override setCommand(command: Commander): this {
    super.setCommand(command);
    // `data prepare --workspace …` is not `data --workspace … prepare`.
    command.enablePositionalOptions();
    // Commander has spoken already: help, or a mistake in the command line.
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

  /** Command lines for the end of the help text, from the command's name on. */
  protected readonly examples: readonly string[] = [];

  async run(inputs: string[], options: Options): Promise<void> {
    this.common = options;
    try {
      process.exitCode = (await this.execute(inputs, options)) ?? exitCodes.ok;
    } catch (error) {
      process.exitCode = reportError(error, options);
    }
  }

  protected configuration(flags: Readonly<Record<string, unknown>> = {}): Configuration {
    return loadConfiguration({ workspace: this.common.workspace, ...flags });
  }

  /** Speaks on standard error. */
  protected get logger(): Logger {
    return {
      debug: (message) => this.common.verbose === true && say(message),
      info: (message) => say(message),
      warn: (message) => say(`warning: ${message}`),
    };
  }

  @Option({
    flags: '--json',
    description: 'one JSON document on standard output, all else on standard error',
  })
  parseJson(): boolean {
    return true;
  }

  @Option({ flags: '--verbose', description: 'say more, and show the stack of an error' })
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
