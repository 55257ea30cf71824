import { type SourceLocation, RethinkError } from '../../contract';

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const explanations: Readonly<Record<string, Explanation>> = {
  ENOSPC: {
    code: 'DISK_FULL',
    message: 'the disk is full',
    hint: 'free some space or choose another workspace, then run the same command again: finished stages are kept',
  },
  EDQUOT: {
    code: 'DISK_FULL',
    message: 'the disk quota is used up',
    hint: 'free some space or choose another workspace, then run the same command again: finished stages are kept',
  },
  EROFS: {
    code: 'READ_ONLY',
    message: 'the file system is read-only',
    hint: 'choose a workspace that can be written to',
  },
  EACCES: {
    code: 'NO_PERMISSION',
    message: 'permission is denied',
    hint: 'make the folder writable for this user, or choose another workspace',
  },
  EPERM: {
    code: 'NO_PERMISSION',
    message: 'the operation is not permitted',
    hint: 'make the folder writable for this user, or choose another workspace',
  },
  ENOTDIR: {
    code: 'NOT_A_FOLDER',
    message: 'a file is in the place of a folder',
    hint: 'move that file away, or choose another workspace',
  },
  EMFILE: {
    code: 'TOO_MANY_FILES',
    message: 'too many files are open',
    hint: 'raise the limit with `ulimit -n`, or use fewer slots',
  },
  EIO: {
    code: 'DISK_BROKEN',
    message: 'the disk could not be read or written',
    hint: 'look at the system log; the disk may be failing',
  },
};

/** The system's error code (`ENOSPC`, …) of an error or of what caused it. */
function systemCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code } = current as NodeJS.ErrnoException;
    if (typeof code === 'string' && code in explanations) return code;
  }
  return undefined;
}

/** What a failed file operation means to the user; `undefined` for errors that are no such failure. */
export function explainStorageError(error: unknown, place?: SourceLocation): RethinkError | undefined {
  if (error instanceof RethinkError) return undefined;
  const code = systemCode(error);
  if (code === undefined) return undefined;
  const { code: name, message, hint } = explanations[code] as Explanation;
  const path = (error as NodeJS.ErrnoException).path;
  return new RethinkError(name, message, {
    location: place ?? (path === undefined ? undefined : { file: path }),
    hint,
    cause: error,
  });
}
