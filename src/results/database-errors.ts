import { RethinkError } from '../contract';

/** SQLite's result codes that a person can do something about. */
const explanations: readonly (readonly [
  pattern: RegExp,
  code: string,
  message: string,
  hint: string | undefined,
])[] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'RESULTS_BUSY',
    'another process is writing to the results database',
    'wait until the other run has ended, or stop it; nothing was lost',
  ],
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    'RESULTS_CORRUPT',
    'the results database is damaged or is no SQLite file',
    'move it away with its -wal and -shm files and run again: finished stages are taken from the artifacts, not trained anew',
  ],
  [
    /^SQLITE_(READONLY|PERM|AUTH|CANTOPEN)/,
    'RESULTS_NOT_WRITABLE',
    "the results database can't be opened for writing",
    'check the owner and the rights of the file and of its folder',
  ],
  [
    /^SQLITE_(FULL|IOERR)/,
    'RESULTS_DISK',
    "the results database can't be written: the disk is full or failing",
    'make room and run again: what is finished is kept',
  ],
];

/** The person's view of a database error; `undefined` for errors that are defects of ours. */
export function explainDatabaseError(error: unknown, file: string): RethinkError | undefined {
  if (error instanceof RethinkError) return error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause ?? driverError(cause)) {
    const { code: sqlite } = cause as { code?: unknown };
    const found = explanations.find(([pattern]) => typeof sqlite === 'string' && pattern.test(sqlite));
    if (found !== undefined) {
      const [, code, message, hint] = found;
      return new RethinkError(code, message, { place: { file }, hint, cause: error });
    }
  }
  return undefined;
}

/** TypeORM wraps the driver's error. */
function driverError(error: Error): unknown {
  const inner = (error as { driverError?: unknown }).driverError;
  return inner === error ? undefined : inner;
}
