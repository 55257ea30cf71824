import { RethinkError } from '../../contract';

/** What a zip library complains of, for people. */
export function explainZipError(error: unknown, file: string): RethinkError {
  const message = error instanceof Error ? error.message : String(error);
  if (/^(absolute path|invalid relative path|invalid characters in fileName)/.test(message)) {
    return new RethinkError('BUNDLE_PATH', `a name leads out of the bundle (${message.slice(0, 200)})`, {
      location: { file },
      hint: 'no bundle of ours has such names: do not trust it',
      cause: error,
    });
  }
  if (/too many bytes in the stream/.test(message)) {
    return new RethinkError('BUNDLE_TOO_LARGE', 'an entry unpacks to more than it states', {
      location: { file },
      hint: 'no bundle of ours does so: do not trust it',
      cause: error,
    });
  }
  return new RethinkError('BUNDLE_NOT_A_BUNDLE', `is no whole zip file: ${message.slice(0, 200)}`, {
    location: { file },
    hint: 'bundles are made by: npm run -s rethink -- bundle export <benchmark>',
    cause: error,
  });
}
