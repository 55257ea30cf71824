import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { RethinkError } from '../../contract/errors';
import { gunzip, isGzip, spool } from './spool';

/** Bytes that can be read at any offset: a file or a buffer. */
export interface ByteSource {
  readonly file?: string;
  readonly size: number;
  /** Copies up to `length` bytes from `offset` on into `target` at `at`; 0 at the end. */
  read(target: Uint8Array, at: number, length: number, offset: number): number;
  close(): void;
}

/**
 * Opens a file for reading: a plain one, a pipe (`/dev/stdin`, `<(…)`), or a gzip file, whatever its name; the last two are
 * copied to a temporary file.
 *
 * @throws RethinkError `FILE_MISSING`, `FILE_NOT_A_FILE` or `FILE_UNREADABLE`
 */
export function openFile(file: string): ByteSource {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
    const found = fstatSync(descriptor);
    if (!found.isFile() && !found.isDirectory()) descriptor = spool(descriptor);
    if (!found.isDirectory() && isGzip(descriptor)) descriptor = gunzip(descriptor, file);
  } catch (cause) {
    throw cause instanceof RethinkError ? cause : unreadable(file, cause);
  }
  const information = fstatSync(descriptor);
  if (information.isDirectory()) {
    closeSync(descriptor);
    throw new RethinkError('FILE_NOT_A_FILE', 'A JSON file is expected, but this is a folder.', {
      location: { file },
      hint: 'Give the path of the JSON file inside it.',
    });
  }
  return {
    file,
    size: information.size,
    read: (target, at, length, offset) => {
      try {
        return readSync(descriptor, target, at, length, offset);
      } catch (cause) {
        throw unreadable(file, cause);
      }
    },
    close: () => closeSync(descriptor),
  };
}

export function fromBytes(bytes: Uint8Array, file?: string): ByteSource {
  return {
    file,
    size: bytes.length,
    read: (target, at, length, offset) => {
      const part = bytes.subarray(offset, offset + length);
      target.set(part, at);
      return part.length;
    },
    close: () => undefined,
  };
}

function unreadable(file: string, cause: unknown): RethinkError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new RethinkError('FILE_MISSING', 'The file does not exist.', {
        location: { file },
        hint: 'Check the path; a relative one starts from the current folder.',
        cause,
      })
    : new RethinkError('FILE_UNREADABLE', `The file cannot be read (${code}).`, {
        location: { file },
        cause,
      });
}

/** Line and column (from 1, in bytes) of an offset. */
export function positionOf(source: ByteSource, offset: number): { line: number; column: number } {
  const chunk = new Uint8Array(1 << 16);
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < offset;) {
    const length = source.read(chunk, 0, Math.min(chunk.length, offset - at), at);
    if (length === 0) break;
    for (let index = 0; index < length; index++) {
      if (chunk[index] === 10) {
        line++;
        lineStart = at + index + 1;
      }
    }
    at += length;
  }
  return { line, column: offset - lineStart + 1 };
}
