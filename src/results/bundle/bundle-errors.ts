import { RethinkError } from '../../contract';

export function malformed(file: string, message: string, path?: string): RethinkError {
  return new RethinkError('BUNDLE_MALFORMED', message, { location: { file, path } });
}

/** Errors of the zip library: pattern, code, message, next step. */
const zipErrors = [
  [
    /^(absolute path|invalid relative path|invalid characters in fileName)/,
    'BUNDLE_PATH',
    "An entry's name leads out of the bundle",
    'Rethink Bench writes no such names: do not trust this file.',
  ],
  [
    /too many bytes in the stream/,
    'BUNDLE_TOO_LARGE',
    'An entry unpacks to more bytes than it states',
    'Rethink Bench writes no such entries: do not trust this file.',
  ],
  [
    /^/,
    'BUNDLE_NOT_A_BUNDLE',
    'Not a complete zip file',
    'Create bundles with: npm run -s rethink -- bundle export <benchmark>',
  ],
] as const;

export function explainZipError(cause: unknown, file: string): RethinkError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, code, message, hint] = zipErrors.find(([pattern]) => pattern.test(text))!;
  return new RethinkError(code, `${message}: ${text.slice(0, 200)}.`, { location: { file }, hint, cause });
}
