import { version } from '../package.json';

// A reader that closes the pipe early (`rethink … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

const args = process.argv.slice(2);
if (args[0] === '--version' || args[0] === '-V') {
  process.stdout.write(`${version}\n`);
} else {
  const { runCommandLine } = require('./cli/run-command-line') as typeof import('./cli/run-command-line');
  void runCommandLine(args);
}
