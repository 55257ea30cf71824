import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { version } from '../../package.json';
import { CliModule } from './cli.module';
import { exitCodes } from './terminal/exit-codes';
import { reportError } from './terminal/output';

/** @param args the command line after the program's name */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const report = (error: unknown): void => {
    process.exitCode = reportError(error, {
      json: args.includes('--json'),
      verbose: args.includes('--verbose'),
    });
  };
  try {
    await CommandFactory.run(CliModule.forCommandLine(args), {
      logger: false,
      cliName: 'rethink',
      version,
      errorHandler: (error) => {
        // Commander has already printed help or the mistake in the command line.
        const { exitCode } = error as Error & { exitCode?: number };
        process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.input);
      },
      serviceErrorHandler: report,
    });
  } catch (error) {
    report(error);
  }
}
