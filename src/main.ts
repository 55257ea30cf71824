import 'reflect-metadata';
import './cli/terminal/no-questions';
import { CommandFactory } from 'nest-commander';
import { CliModule } from './cli/cli.module';
import { exitCodes } from './cli/terminal/exit-codes';
import { reportError } from './cli/terminal/output';
import { version } from '../package.json';

async function main(): Promise<void> {
  await CommandFactory.run(CliModule.forCommandLine(process.argv.slice(2)), {
    logger: false,
    cliName: 'rethink',
    version,
    errorHandler: (error) => {
      // Commander has spoken already: help, version, or a mistake in the command line.
      const { exitCode } = error as Error & { exitCode?: number };
      process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.input);
    },
    serviceErrorHandler: (error) => {
      process.exitCode = reportError(error, { verbose: process.argv.includes('--verbose') });
    },
  });
}

// A reader that has seen enough (`rethink … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
});

main().catch((error: unknown) => {
  process.exitCode = reportError(error, { verbose: process.argv.includes('--verbose') });
});
