import { RethinkError } from '../../contract';

/** Codes of SQLite, of PostgreSQL (SQLSTATE) and of the network that a person can do something about. */
const explanations: readonly (readonly [
  pattern: RegExp,
  code: string,
  message: string,
  hint: string | undefined,
])[] = [
  [
    /^(SQLITE_(BUSY|LOCKED)|(40001|40P01|55P03)$)/,
    'RESULTS_BUSY',
    'Another process is writing to the results database.',
    'Wait until the other run has ended, or stop it; nothing was lost.',
  ],
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    'RESULTS_CORRUPT',
    'The results database is damaged or not a SQLite file.',
    'Move it away with its -wal and -shm files and run again: finished stages are recovered from the artifacts.',
  ],
  [
    /^SQLITE_(READONLY|PERM|AUTH|CANTOPEN)/,
    'RESULTS_NOT_WRITABLE',
    "The results database can't be opened for writing.",
    'Check the owner and the permissions of the file and of its folder.',
  ],
  [
    /^SQLITE_(FULL|IOERR)/,
    'RESULTS_DISK',
    "The results database can't be written: the disk is full or failing.",
    'Free some space and run again: finished stages are not lost.',
  ],
  [
    /^(28P01|28000|3D000|42501)$/,
    'RESULTS_DENIED',
    'The database server refuses this user, or has no such database.',
    'Check user, password and name in `database:` or RETHINK_DATABASE; `createdb NAME` creates a database.',
  ],
  [
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ECONNRESET|EPIPE|57P01|57P02|57P03|08\w{3}|53300)$/,
    'RESULTS_UNREACHABLE',
    "The database server can't be reached.",
    'Start it or check its address in `database:` or RETHINK_DATABASE; finished stages remain in the artifacts.',
  ],
  [
    /^(53100|53200|58030)$/,
    'RESULTS_DISK',
    'The database server is out of disk space, or its disk is failing.',
    'Free some space there and run again: finished stages are not lost.',
  ],
];

/** Explains a database error; `undefined` for internal errors. */
export function explainDatabaseError(error: unknown, file: string): RethinkError | undefined {
  if (error instanceof RethinkError) return error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause ?? driverError(cause)) {
    const given = codeOf(cause);
    const found = explanations.find(([pattern]) => given !== undefined && pattern.test(given));
    if (found !== undefined) {
      const [, code, message, hint] = found;
      return new RethinkError(code, message, { location: { file }, hint, cause: error });
    }
  }
  return undefined;
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  // The driver of PostgreSQL gives its own time-out, and an end in mid-sentence, no code.
  if (/^(timeout expired|timeout exceeded when trying to connect)/.test(error.message)) return 'ETIMEDOUT';
  return error.message.startsWith('Connection terminated') ? 'ECONNRESET' : undefined;
}

/** TypeORM wraps the driver's error. */
function driverError(error: Error): unknown {
  const inner = (error as { driverError?: unknown }).driverError;
  return inner === error ? undefined : inner;
}
