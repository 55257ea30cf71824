import picocolors from 'picocolors';
import { formatLocation, RethinkError } from '../../contract';
import { printable, printableLines } from '../../core/text/printable';
import { exitCodeOf, exitCodes } from './exit-codes';

const colors = picocolors.createColors(
  process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined,
);

/** One JSON document on standard output; everything else goes to standard error. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function print(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}

/** A line on standard error, for the person at the terminal. */
export function log(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`);
}

/** An error for people: what, where, what next. */
export function formatError(error: unknown, verbose: boolean): string {
  const known = error instanceof RethinkError;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [
    `${colors.red('error')} ${known ? printable(message) : printableLines(message)}${known ? colors.dim(` [${error.code}]`) : ''}`,
  ];
  const location = known && error.location !== undefined ? formatLocation(error.location) : '';
  if (location !== '') lines.push(`  ${colors.dim('at')} ${printable(location)}`);
  if (known && error.hint !== undefined) lines.push(`  ${colors.dim('→')} ${printable(error.hint)}`);
  if (!known)
    lines.push(`  ${colors.dim('→')} This is a bug: run again with --verbose for the stack, and report it.`);
  if (verbose && error instanceof Error && error.stack !== undefined)
    lines.push(colors.dim(printableLines(error.stack)));
  return lines.join('\n');
}

/** Prints an error, as JSON too if requested, and returns the exit code. */
export function reportError(error: unknown, options: { json?: boolean; verbose?: boolean }): number {
  if (options.json === true) {
    const { code, location, hint } =
      error instanceof RethinkError ? error : { code: 'DEFECT', location: undefined, hint: undefined };
    printJson({
      error: { code, message: error instanceof Error ? error.message : String(error), location, hint },
    });
  }
  process.stderr.write(`${formatError(error, options.verbose === true)}\n`);
  return error instanceof RethinkError ? exitCodeOf(error.code) : exitCodes.defect;
}
