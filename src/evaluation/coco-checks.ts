import { RethinkError } from '../contract/errors';
import { MAX_COORDINATE } from './parameters';

/** Ends with an error that says where; the caller knows the place. */
export type Fail = (code: string, message: string, hint?: string) => never;

/** @throws through `fail` unless `value` is an integer id that a double holds exactly */
export function checkId(value: number, fail: Fail): number {
  if (!Number.isSafeInteger(value)) {
    fail('COCO_INVALID_ID', `${value} is no id: a whole number of at most 2^53 − 1 is expected.`);
  }
  return value;
}

/** @throws through `fail` unless `value` can be a coordinate, or a size where `size` is set */
export function checkCoordinate(value: number, size: boolean, fail: Fail): number {
  if (!Number.isFinite(value)) {
    fail('JSON_NOT_FINITE', `${value} is not allowed: a finite number is expected.`);
  }
  if (Math.abs(value) > MAX_COORDINATE) {
    fail('COCO_NUMBER_RANGE', `${value} is no coordinate in pixels: more than ${MAX_COORDINATE} in size.`);
  }
  if (size && value < 0) {
    fail(
      'COCO_NEGATIVE_SIZE',
      `A box cannot have a negative size (${value}).`,
      'Boxes are [x, y, width, height], not two corners.',
    );
  }
  return value;
}

/** @throws through `fail` unless `value` is an area in square pixels */
export function checkArea(value: number, fail: Fail): number {
  if (!Number.isFinite(value) || value < 0 || value > MAX_COORDINATE ** 2) {
    fail('COCO_NUMBER_RANGE', `${value} is no area in square pixels.`);
  }
  return value;
}

export function wrongType(wanted: string, found: string, fail: Fail): never {
  return fail('COCO_WRONG_TYPE', `${wanted} is expected here, found ${found}.`);
}

export function failAt(file: string | undefined, path: string): Fail {
  return (code, message, hint) => {
    throw new RethinkError(code, message, { location: { file, path }, hint });
  };
}
