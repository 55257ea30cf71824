import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RethinkError } from '../../contract/errors';

/** An empty file without a name: it is gone when it is closed. */
function temporaryFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'rethink-read-'));
  try {
    return openSync(join(folder, 'content'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Copies what can be read only once, a pipe or a terminal, to a temporary file. Closes the descriptor. */
export function spool(pipe: number): number {
  const target = temporaryFile();
  const chunk = new Uint8Array(1 << 16);
  for (let position = 0; ;) {
    const length = readSome(pipe, chunk);
    if (length === 0) break;
    position += writeSync(target, chunk, 0, length, position);
  }
  closeSync(pipe);
  return target;
}

const clock = new Int32Array(new SharedArrayBuffer(4));

function readSome(pipe: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(pipe, chunk, 0, chunk.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      // A pipe that another program has set to non-blocking: nothing has come yet.
      Atomics.wait(clock, 0, 0, 10);
    }
  }
}

/** Whether a file begins like gzip. */
export function isGzip(descriptor: number): boolean {
  const start = new Uint8Array(2);
  return readSync(descriptor, start, 0, 2, 0) === 2 && start[0] === 0x1f && start[1] === 0x8b;
}

/** zlib unpacks a stream in constant memory only asynchronously: a child process does it while this one waits. */
const UNPACK = `
  const { pipeline } = require('node:stream');
  pipeline(process.stdin, require('node:zlib').createGunzip(), process.stdout, (error) => {
    if (error) { process.stderr.write(error.message); process.exitCode = 1; }
  });
`;

/**
 * Unpacks a gzip file to a temporary file. Closes the descriptor.
 *
 * @throws RethinkError `FILE_UNREADABLE` where the file is damaged
 */
export function gunzip(packed: number, file: string): number {
  const target = temporaryFile();
  const { status, stderr, error } = spawnSync(process.execPath, ['-e', UNPACK], {
    stdio: [packed, target, 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  closeSync(packed);
  if (status === 0) return target;
  closeSync(target);
  const reason = error?.message ?? String(stderr);
  throw new RethinkError('FILE_UNREADABLE', `The gzip file cannot be unpacked (${reason}).`, {
    location: { file },
    hint: 'Was it copied completely? Check it with: gunzip -t FILE',
    cause: error,
  });
}
