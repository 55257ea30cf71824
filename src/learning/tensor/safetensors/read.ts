import { open, readFile } from 'node:fs/promises';
import { RethinkError } from '../../../contract/errors';
import type { NamedArrays } from '../../../contract/stages';
import { decodeElements } from './elements';
import { type Header, headerLength, parseHeader } from './header';

export interface SafetensorsFile {
  readonly tensors: NamedArrays;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a whole safetensors file.
 * @throws `SAFETENSORS_MISSING`, and what `parseSafetensors` throws
 */
export async function readSafetensors(file: string): Promise<SafetensorsFile> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  return parseSafetensors(bytes, file);
}

/**
 * Reads and checks the header alone.
 * @throws `SAFETENSORS_MISSING`, and what `parseHeader` throws
 */
export async function readSafetensorsHeader(file: string): Promise<Header> {
  const handle = await open(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  try {
    const { size } = await handle.stat();
    const read = async (bytes: number) => (await handle.read(Buffer.alloc(bytes), 0, bytes, 0)).buffer;
    const start = await read(Math.min(8, size));
    return parseHeader(await read(8 + headerLength(start, size, file)), size, file);
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, cause: unknown): RethinkError {
  return new RethinkError('SAFETENSORS_MISSING', `The weights cannot be read: ${reasonOf(cause)}.`, {
    location: { file },
    hint: 'Check the path and the permissions.',
    cause,
  });
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'the file does not exist';
    case 'EISDIR':
      return 'this is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'that is not permitted';
    case 'ERR_FS_FILE_TOO_LARGE':
      return 'files above 2 GiB are not read';
    default:
      return (error as Error).message;
  }
}

/**
 * @param file named in errors
 * @throws `SAFETENSORS_INVALID`, `SAFETENSORS_TRUNCATED`, `SAFETENSORS_DTYPE`, `SAFETENSORS_VALUE`
 */
export function parseSafetensors(bytes: Buffer, file: string): SafetensorsFile {
  const { entries, metadata, dataStart } = parseHeader(bytes, bytes.length, file);
  const tensors: Record<string, NamedArrays[string]> = {};
  for (const entry of entries) {
    const range = bytes.subarray(dataStart + entry.begin, dataStart + entry.end);
    tensors[entry.name] = { shape: entry.shape, values: decodeElements(range, entry, file) };
  }
  return { tensors, metadata };
}
