import { type SourceLocation, RethinkError } from '../../contract';

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const full = {
  code: 'DISK_FULL',
  hint: 'Free some space or choose another workspace, then run the same command again: finished stages are reused.',
};
const forbidden = {
  code: 'NO_PERMISSION',
  hint: 'Make the folder writable for this user, or choose another workspace.',
};

const explanations: Readonly<Record<string, Explanation>> = {
  ENOSPC: { ...full, message: 'The disk is full.' },
  EDQUOT: { ...full, message: 'The disk quota is used up.' },
  EROFS: {
    code: 'READ_ONLY',
    message: 'The file system is read-only.',
    hint: 'Choose a writable workspace.',
  },
  EACCES: { ...forbidden, message: 'Permission is denied.' },
  EPERM: { ...forbidden, message: 'The operation is not permitted.' },
  ENOTDIR: {
    code: 'NOT_A_FOLDER',
    message: 'A folder is required, but a file exists there.',
    hint: 'Move that file away, or choose another workspace.',
  },
  EMFILE: {
    code: 'TOO_MANY_FILES',
    message: 'Too many files are open.',
    hint: 'Raise the limit with `ulimit -n`, or use fewer slots.',
  },
  EIO: {
    code: 'DISK_BROKEN',
    message: 'The disk could not be read or written.',
    hint: 'See the system log; the disk may be failing.',
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

/** What a failed file operation means to the user; `undefined` for other errors. */
export function explainStorageError(error: unknown, location?: SourceLocation): RethinkError | undefined {
  if (error instanceof RethinkError) return undefined;
  const code = systemCode(error);
  if (code === undefined) return undefined;
  const { code: name, message, hint } = explanations[code] as Explanation;
  const path = (error as NodeJS.ErrnoException).path;
  return new RethinkError(name, message, {
    location: location ?? (path === undefined ? undefined : { file: path }),
    hint,
    cause: error,
  });
}
