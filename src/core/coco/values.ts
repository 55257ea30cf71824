import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { RethinkError } from '../../contract/errors';
import { MAX_COORDINATE } from './limits';

/** What is wrong with a value, as every command words it. */
export interface Problem {
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  readonly hint?: string;
}

/**
 * Integer ids that a double holds exactly.
 *
 * @param written as it is in the file: a larger id would be shown rounded
 */
export function idProblem(value: number, written = String(value)): Problem | undefined {
  if (Number.isSafeInteger(value)) return undefined;
  return {
    code: 'COCO_INVALID_ID',
    message: `${written} is not an id: an integer of at most 2^53 − 1 is expected.`,
    hint: Number.isInteger(value) ? 'Number the entries from 1, in all files that refer to them.' : undefined,
  };
}

/** @param isSize width or height of a box, which cannot be negative */
export function coordinateProblem(value: number, isSize: boolean): Problem | undefined {
  if (!Number.isFinite(value)) return finiteProblem(value);
  if (Math.abs(value) > MAX_COORDINATE) {
    const message = `${value} is not a coordinate in pixels: its magnitude exceeds ${MAX_COORDINATE}.`;
    return { code: 'COCO_NUMBER_RANGE', message };
  }
  if (!isSize || value >= 0) return undefined;
  return {
    code: 'COCO_NEGATIVE_SIZE',
    message: `A box cannot have a negative size (${value}).`,
    hint: 'Boxes are [x, y, width, height], not two corners.',
  };
}

export function finiteProblem(value: number): Problem | undefined {
  return Number.isFinite(value)
    ? undefined
    : {
        code: 'JSON_NOT_FINITE',
        message: `${value} is not allowed: a finite number is expected.`,
        hint: 'JSON has no NaN or Infinity; omit such entries when writing the file.',
      };
}

export function areaProblem(value: number): Problem | undefined {
  return value >= 0 && value <= MAX_COORDINATE ** 2
    ? undefined
    : { code: 'COCO_NUMBER_RANGE', message: `${value} is not an area in square pixels.` };
}

/** Width or height of an image. */
export function imageSizeProblem(value: number): Problem | undefined {
  return Number.isSafeInteger(value) && value > 0
    ? undefined
    : {
        code: 'COCO_NUMBER_RANGE',
        message: `${value} is not an image size in pixels: a positive integer is expected.`,
      };
}

const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * A file name as all parts use it: relative, `/` between folders, no `.`, `..` or empty part; undefined for a URL and where
 * it leads out of its folder. `~` is a letter like any other.
 */
export function normaliseFileName(name: string): string | undefined {
  if (URL_START.test(name)) return undefined;
  const path = posix.normalize(name.replaceAll('\\', '/'));
  const isOutside =
    name === '' || posix.isAbsolute(path) || /^[a-z]:/i.test(path) || path === '..' || path.startsWith('../');
  return isOutside || path.includes('\0') ? undefined : path;
}

export function fileNameProblem(name: string): Problem | undefined {
  if (normaliseFileName(name) !== undefined) return undefined;
  const isUrl = URL_START.test(name);
  return {
    code: 'DATASET_PATH_OUTSIDE',
    message: `The file name ${JSON.stringify(name)} ${isUrl ? 'is a URL' : 'leads out of the image folder'}.`,
    hint: isUrl
      ? 'Download the images and name the files: names are relative to the image folder.'
      : 'File names are relative to the image folder and stay inside it.',
  };
}

const NON_ASCII = /[^\0-\x7f]/;

/**
 * Path of an image file. Names in the other Unicode form (composed in the annotations, decomposed on the disk, or the other
 * way round) are found.
 *
 * @param name as `normaliseFileName` returns it
 */
export function imagePath(folder: string, name: string): string {
  const path = join(folder, name);
  if (!NON_ASCII.test(name) || existsSync(path)) return path;
  const forms = ['NFC', 'NFD'].map((form) => join(folder, name.normalize(form)));
  return forms.find((candidate) => existsSync(candidate)) ?? path;
}

/** @throws RethinkError where there is a problem */
export function refuse(problem: Problem | undefined, file: string | undefined, path: string): void {
  if (problem === undefined) return;
  const { code, message, hint } = problem;
  throw new RethinkError(code, message, { location: { file, path }, hint });
}
