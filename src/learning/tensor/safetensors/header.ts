import { z } from 'zod';
import { RethinkError } from '../../../contract/errors';

/** Element types that are read, with their bytes. */
export const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type ElementType = keyof typeof elementBytes;

export interface TensorEntry {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Byte range inside the data that follow the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data begin in the file. */
  readonly dataStart: number;
}

/** The format's own limit on the header. */
const maxHeaderBytes = 100_000_000;

/**
 * Reads and checks the header: the tensors must fill the data exactly, without gaps, overlaps or names twice, and
 * each range must have the length that dtype and shape imply.
 * @param start the file's first bytes, at least the whole header
 * @param fileBytes length of the file
 * @throws `SAFETENSORS_INVALID`, `SAFETENSORS_TRUNCATED`, `SAFETENSORS_DTYPE`
 */
export function parseHeader(start: Buffer, fileBytes: number, file: string): Header {
  const length = headerLength(start, fileBytes, file);
  const text = start.subarray(8, 8 + length).toString('utf8');
  const fields = parseObject(text, file);
  const dataStart = 8 + length;
  const metadata: Record<string, string> = {};
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name === '__metadata__') Object.assign(metadata, readMetadata(value, file));
    else entries.push(readEntry(name, value, file));
  }
  checkRanges(entries, fileBytes - dataStart, file);
  return { entries, metadata, dataStart };
}

/** Bytes of the header as the file's first eight bytes state them. */
export function headerLength(start: Buffer, fileBytes: number, file: string): number {
  if (fileBytes < 8 || start.length < 8) throw truncated(file, `it has ${fileBytes} bytes`);
  const length = start.readBigUInt64LE(0);
  if (length > BigInt(maxHeaderBytes)) {
    throw invalid(file, `it claims a header of ${length} bytes; no safetensors file has that`);
  }
  if (BigInt(fileBytes) < length + 8n) {
    throw truncated(file, `its header should have ${length} bytes, but the file has ${fileBytes} in all`);
  }
  return Number(length);
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, 'its header is not JSON', undefined, cause);
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(fields);
  if (!parsed.success) throw invalid(file, 'its header is not a JSON object');
  const twice = firstRepeatedKey(text);
  if (twice !== undefined) throw invalid(file, 'its header names a tensor twice', twice);
  return parsed.data;
}

function readMetadata(value: unknown, file: string): Record<string, string> {
  const parsed = z.record(z.string(), z.string()).safeParse(value);
  if (!parsed.success) throw invalid(file, 'its metadata is not a map of strings', '__metadata__');
  return parsed.data;
}

const lengths = (message: string) => z.array(z.int(message).min(0, message), message);
const offsetsMessage = 'data_offsets must be two non-negative integers';

const entrySchema = z.object(
  {
    dtype: z.string('dtype is missing'),
    shape: lengths('shape is not a list of non-negative integers'),
    data_offsets: lengths(offsetsMessage).length(2, offsetsMessage),
  },
  'the entry is not an object',
);

function readEntry(name: string, value: unknown, file: string): TensorEntry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw invalid(file, parsed.error.issues[0]!.message, name);
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  if (!Object.hasOwn(elementBytes, dtype)) {
    throw new RethinkError('SAFETENSORS_DTYPE', `The tensor type ${dtype} is not supported.`, {
      location: { file, path: name },
      hint: `Convert it to one of ${Object.keys(elementBytes).join(', ')}.`,
    });
  }
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((product, side) => product * side, elementBytes[dtype as ElementType]);
  if (end - begin !== expected) {
    const given = `its data_offsets span ${end - begin}`;
    throw invalid(file, `${dtype} [${shape.join(', ')}] takes ${expected} bytes, ${given}`, name);
  }
  return { name, dtype: dtype as ElementType, shape, begin, end };
}

function checkRanges(entries: readonly TensorEntry[], dataBytes: number, file: string): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < position) throw invalid(file, 'its data overlap those of another tensor', name);
    if (begin > position)
      throw invalid(file, `${begin - position} bytes before its data belong to no tensor`, name);
    position = end;
  }
  if (position > dataBytes)
    throw truncated(file, `its tensors need ${position} bytes, ${dataBytes} are there`);
  if (position < dataBytes)
    throw invalid(file, `${dataBytes - position} bytes at its end belong to no tensor`);
}

/** JSON.parse keeps the last of equal keys in silence; this finds the first one of the outermost object. */
function firstRepeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs)) {
    const token = match[0];
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && match[1] !== undefined) {
      const key = JSON.parse(token.slice(0, token.length - match[1].length)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

function invalid(file: string, reason: string, path?: string, cause?: unknown): RethinkError {
  return new RethinkError('SAFETENSORS_INVALID', `The safetensors file is invalid: ${reason}.`, {
    location: { file, path },
    hint: 'Fetch or export the file again.',
    cause,
  });
}

function truncated(file: string, reason: string): RethinkError {
  return new RethinkError('SAFETENSORS_TRUNCATED', `The safetensors file is cut off: ${reason}.`, {
    location: { file },
    hint: 'Fetch or copy the file again.',
  });
}
