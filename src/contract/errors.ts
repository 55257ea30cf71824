/** Location of an error in a user's input; printed as `file:line:column` or `file › path`. */
export interface SourceLocation {
  file?: string;
  line?: number;
  column?: number;
  /** Path inside a document, for instance `axes.init[1]` or `annotations[17].bbox`. */
  path?: string;
}

/**
 * An error meant for the person at the terminal: a stable code, one sentence, the location, the next step.
 * Any other error is an internal one (or a plugin's) and is reported with its stack under `--verbose`.
 */
export class RethinkError extends Error {
  override readonly name = 'RethinkError';
  readonly code: string;
  readonly location?: SourceLocation;
  readonly hint?: string;

  /**
   * @param code stable, upper case with underscores, for instance `BENCHMARK_UNKNOWN_KEY`
   * @param message one sentence: what is wrong
   * @param details where it is, what to do next (`hint`), what caused it
   */
  constructor(
    code: string,
    message: string,
    details: { location?: SourceLocation; hint?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.location = details.location;
    this.hint = details.hint;
  }
}

export function formatLocation({ file, line, column, path }: SourceLocation): string {
  const position = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
  return [file === undefined ? undefined : `${file}${position}`, path]
    .filter((part) => part !== undefined && part !== '')
    .join(' › ');
}
