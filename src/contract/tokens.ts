/**
 * Tokens that a plugin may inject into its constructor: `constructor(@inject(OPTIONS) private readonly options: Options) {}`.
 * The host binds exactly these in a container for each stage. They are global symbols, so that a plugin from
 * another package, with its own copy of this file, uses the same tokens.
 */

/** The plugin's options, parsed by its own schema. */
export const OPTIONS = Symbol.for('rethink-bench/options');
/** A `Logger` whose lines go to the stage's log. */
export const LOGGER = Symbol.for('rethink-bench/logger');

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}
