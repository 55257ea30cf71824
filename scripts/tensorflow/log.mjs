import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A failure with a hint for the user. */
export class SetUpError extends Error {
  constructor(message, hint) {
    super(message);
    this.name = 'SetUpError';
    this.hint = hint;
  }
}

export function log(line) {
  process.stderr.write(`tensorflow: ${line}\n`);
}

/** Size of a folder's files in MB (10^6 bytes); files that disappear meanwhile are not counted. */
export function megabytes(folder) {
  return Math.round(bytesIn(folder) / 1e6);
}

function bytesIn(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      if (entry.isDirectory()) bytes += bytesIn(path);
      else if (entry.isFile()) bytes += statSync(path).size;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return bytes;
}
