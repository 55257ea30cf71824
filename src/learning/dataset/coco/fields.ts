import { posix } from 'node:path';
import { type SourceLocation, RethinkError } from '../../../contract';

/**
 * The fields of one object of a JSON document, read strictly, with errors that name the place. Written by hand:
 * a file may hold a million annotations.
 */
export class Fields {
  private readonly record: Readonly<Record<string, unknown>>;

  /** @throws RethinkError `COCO_MALFORMED` where the value is no object */
  constructor(
    value: unknown,
    private readonly at: SourceLocation,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new RethinkError('COCO_MALFORMED', `wants an object, got ${kindOf(value)}`, {
        location: at,
        hint: 'the file should follow COCO’s detection format: images, annotations, categories',
      });
    }
    this.record = value as Record<string, unknown>;
  }

  path(name: string): string {
    return this.at.path === undefined ? name : `${this.at.path}.${name}`;
  }

  place(name: string): SourceLocation {
    return { ...this.at, path: this.path(name) };
  }

  optional(name: string): unknown {
    return this.record[name];
  }

  list(name: string, options: { optional?: boolean } = {}): Fields[] {
    const value = this.record[name];
    if (value === undefined && options.optional) return [];
    if (!Array.isArray(value)) {
      throw new RethinkError(
        'COCO_MALFORMED',
        value === undefined ? `has no "${name}"` : `wants a list, got ${kindOf(value)}`,
        {
          location: value === undefined ? this.at : this.place(name),
          hint: 'the file should follow COCO’s detection format: images, annotations, categories',
        },
      );
    }
    return value.map((item, i) => new Fields(item, { ...this.at, path: `${this.path(name)}[${i}]` }));
  }

  number(name: string): number {
    const value = this.record[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.wrong(name, 'a number');
    return value;
  }

  integer(name: string): number {
    const value = this.record[name];
    if (!Number.isSafeInteger(value)) throw this.wrong(name, 'a whole number');
    return value as number;
  }

  /** A number of pixels. */
  size(name: string): number {
    const value = this.record[name];
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw this.wrong(name, 'a whole number ≥ 1');
    return value as number;
  }

  text(name: string): string {
    const value = this.record[name];
    if (typeof value !== 'string' || value === '') throw this.wrong(name, 'a text');
    return value;
  }

  /** 0, 1, true or false; false where absent. */
  flag(name: string): boolean {
    const value = this.record[name];
    if (value === undefined || value === 0 || value === false) return false;
    if (value === 1 || value === true) return true;
    throw this.wrong(name, '0 or 1');
  }

  /** A path that stays inside its folder. */
  relativePath(name: string): string {
    const value = this.text(name).replaceAll('\\', '/');
    const path = posix.normalize(value);
    if (posix.isAbsolute(path) || /^[a-zA-Z]:/.test(path) || path === '..' || path.startsWith('../')) {
      throw new RethinkError('DATASET_PATH_OUTSIDE', `"${value}" leads out of the folder of images`, {
        location: this.place(name),
        hint: 'file names are relative to the folder of images and stay inside it',
      });
    }
    if (path.includes('\0')) throw this.wrong(name, 'a file name');
    return path;
  }

  private wrong(name: string, wanted: string): RethinkError {
    const value = this.record[name];
    return new RethinkError('COCO_MALFORMED', `wants ${wanted}, got ${kindOf(value)}`, {
      location: this.place(name),
    });
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return JSON.stringify(value);
}
