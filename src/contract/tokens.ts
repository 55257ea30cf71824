/**
 * What a plugin may ask for in its constructor: `constructor(@inject(OPTIONS) private readonly options: Options) {}`.
 * The host binds exactly these in a container of the stage's own. They are global symbols, so that a plugin
 * from another package, with a copy of this file, means the same ones.
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
