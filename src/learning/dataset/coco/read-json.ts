import { constants } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { RethinkError } from '../../../contract';

/**
 * Reads a JSON file.
 *
 * @throws RethinkError `DATASET_FILE_MISSING`, `DATASET_FILE_TOO_LARGE`, `DATASET_JSON_TRUNCATED` or `DATASET_JSON`, with line and column
 */
export async function readJsonFile(file: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > constants.MAX_STRING_LENGTH) {
      throw new RethinkError(
        'DATASET_FILE_TOO_LARGE',
        `is larger than ${constants.MAX_STRING_LENGTH} bytes`,
        {
          location: { file },
          hint: 'leave out segmentations, or split the file',
        },
      );
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof RethinkError) throw error;
    throw fileError(file, error);
  }
  if (text.startsWith('\uFEFF')) text = text.slice(1);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw syntaxError(file, text, error as SyntaxError);
  }
}

function fileError(file: string, cause: unknown): RethinkError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new RethinkError('DATASET_FILE_MISSING', 'there is no such file', {
      location: { file },
      hint: 'check the path in the benchmark file; relative paths start at that file',
      cause,
    });
  }
  return new RethinkError('DATASET_FILE_UNREADABLE', `can't be read (${code ?? String(cause)})`, {
    location: { file },
    cause,
  });
}

function syntaxError(file: string, text: string, cause: SyntaxError): RethinkError {
  const end = text.trimEnd().length;
  const position = Number(/at position (\d+)/.exec(cause.message)?.[1] ?? placeOfError(text.slice(0, end)));
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - (before.lastIndexOf('\n') + 1) + 1;
  return endsEarly(cause) || position >= end
    ? new RethinkError('DATASET_JSON_TRUNCATED', 'ends in the middle: the file is empty or was cut off', {
        location: { file, line, column },
        hint: 'fetch or copy it again, and compare its size with the original',
        cause,
      })
    : new RethinkError('DATASET_JSON', `isn't JSON: ${cause.message.split(/ in JSON|, "|, \.\.\./)[0]}`, {
        location: { file, line, column },
        cause,
      });
}

function endsEarly(error: SyntaxError): boolean {
  return /end of JSON input|Unterminated string/.test(error.message);
}

/**
 * JSON.parse does not always say where it stopped: the shortest beginning of the text that is wrong, rather than
 * incomplete, ends there.
 */
function placeOfError(text: string): number {
  let incomplete = 0;
  let wrong = text.length;
  while (wrong - incomplete > 1) {
    const middle = (incomplete + wrong) >> 1;
    if (isIncomplete(text.slice(0, middle))) incomplete = middle;
    else wrong = middle;
  }
  return incomplete;
}

function isIncomplete(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    return endsEarly(error as SyntaxError) || Number(/at position (\d+)/.exec(message)?.[1]) >= text.length;
  }
}
