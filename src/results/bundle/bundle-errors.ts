import { RethinkError } from '../../contract';

export function malformed(file: string, message: string, path?: string): RethinkError {
  return new RethinkError('BUNDLE_MALFORMED', message, { location: { file, path } });
}

/** Translates an error of the zip library. */
export function explainZipError(error: unknown, file: string): RethinkError {
  const message = error instanceof Error ? error.message : String(error);
  if (/^(absolute path|invalid relative path|invalid characters in fileName)/.test(message)) {
    return new RethinkError(
      'BUNDLE_PATH',
      `An entry's name leads out of the bundle: ${message.slice(0, 200)}.`,
      {
        location: { file },
        hint: 'Rethink Bench writes no such names: do not trust this file.',
        cause: error,
      },
    );
  }
  if (/too many bytes in the stream/.test(message)) {
    return new RethinkError('BUNDLE_TOO_LARGE', 'An entry unpacks to more bytes than it states.', {
      location: { file },
      hint: 'Rethink Bench writes no such entries: do not trust this file.',
      cause: error,
    });
  }
  return new RethinkError('BUNDLE_NOT_A_BUNDLE', `Not a complete zip file: ${message.slice(0, 200)}.`, {
    location: { file },
    hint: 'Create bundles with: npm run -s rethink -- bundle export <benchmark>',
    cause: error,
  });
}
