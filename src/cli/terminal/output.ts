import colours from 'picocolors';
import { formatLocation, RethinkError } from '../../contract';
import { exitCodeOf, exitCodes } from './exit-codes';

const ink = colours.createColors(process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined);

/** One JSON document on standard output; whatever else a command says goes to standard error. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line for the person who waits. */
export function log(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** An error as people read it: what, where, what next. A stack only with `--verbose`. */
export function formatError(error: unknown, verbose: boolean): string {
  const known = error instanceof RethinkError;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [`${ink.red('error')} ${message}${known ? ink.dim(` [${error.code}]`) : ''}`];
  const place = known && error.location !== undefined ? formatLocation(error.location) : '';
  if (place !== '') lines.push(`  ${ink.dim('at')} ${place}`);
  if (known && error.hint !== undefined) lines.push(`  ${ink.dim('→')} ${error.hint}`);
  if (!known)
    lines.push(
      `  ${ink.dim('→')} this should not have happened; run again with --verbose for the stack, and report it`,
    );
  if (verbose && error instanceof Error && error.stack !== undefined) lines.push(ink.dim(error.stack));
  return lines.join('\n');
}

/** Prints an error in the way that was asked for, and returns the exit code. */
export function reportError(error: unknown, options: { json?: boolean; verbose?: boolean }): number {
  if (options.json === true) {
    const { code, location, hint } =
      error instanceof RethinkError ? error : { code: 'DEFECT', location: undefined, hint: undefined };
    printJson({
      error: { code, message: error instanceof Error ? error.message : String(error), location, hint },
    });
  }
  log(formatError(error, options.verbose === true));
  return error instanceof RethinkError ? exitCodeOf(error.code) : exitCodes.defect;
}
