import { readFile } from 'node:fs/promises';
import { RethinkError } from '../../../contract/errors';
import type { NamedArrays } from '../../../contract/stages';
import { decodeElements } from './elements';
import { parseHeader } from './header';

export interface SafetensorsFile {
  readonly tensors: NamedArrays;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a whole safetensors file.
 * @throws `SAFETENSORS_MISSING`, and what `parseSafetensors` throws
 */
export async function readSafetensors(file: string): Promise<SafetensorsFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new RethinkError('SAFETENSORS_MISSING', `The weights cannot be read: ${reasonOf(cause)}.`, {
      location: { file },
      hint: 'Check the path and the permissions.',
      cause,
    });
  }
  return parseSafetensors(bytes, file);
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
