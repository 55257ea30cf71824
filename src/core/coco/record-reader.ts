import { type JsonKind, type JsonReader } from '../json/json-reader';
import { coordinateProblem, finiteProblem, idProblem, type Problem } from './values';

/**
 * When a field of a COCO file is needed. What is needed is checked by every command alike; what is not needed may be null,
 * absent or odd.
 *
 * - `always`: no command can do without it;
 * - `images`: wherever images are opened (training, its preparation), and not to score boxes;
 * - `given`: there is a default, but a value that is there has to be right: it changes results;
 * - `never`.
 */
export type Need = 'always' | 'images' | 'given' | 'never';

export interface RecordProblem extends Problem {
  /** `value`: of the right type, but out of range. `missing`: the fields are named by `fields`. */
  readonly kind: 'entry' | 'missing' | 'key' | 'id' | 'flag' | 'value';
  /** What was found, in a few words. */
  readonly detail?: string;
  readonly fields?: readonly string[];
}

/** How a problem is handled. */
export interface ProblemHandler {
  /** Something that is needed is wrong: throws, or records it so that reading continues. The reader is at the value. */
  wrong(problem: RecordProblem, json: JsonReader): void;
  /** Something that is not needed is odd, and ignored. */
  odd(path: string): void;
  /** Has a field of LVIS or Open Images that changes their scores, but not those of COCO. */
  unapplied?(path: string): void;
}

/** Reads the objects of a COCO document, field by field, by one set of rules. */
export class RecordReader {
  /** Whether the field that is being read is needed. */
  private isNeeded = true;

  /** @param opensImages whether fields of need `images` are needed */
  constructor(
    readonly json: JsonReader,
    private readonly handler: ProblemHandler,
    private readonly opensImages: boolean,
  ) {}

  /**
   * Reads an object's known fields, each at most once; others are skipped.
   *
   * @param fields name → when it is needed
   * @param read reads the value of a field
   * @returns false where a field is missing that is needed always
   */
  record<Name extends string>(fields: Readonly<Record<Name, Need>>, read: (field: Name) => void): boolean {
    const { json } = this;
    const names = Object.keys(fields) as Name[];
    let known = 0;
    let given = 0;
    json.object((key) => {
      const index = names.indexOf(key as Name);
      if (index < 0) return json.skip();
      if (known & (1 << index)) {
        const message = `The key "${key}" appears twice in one object.`;
        return this.wrong({ kind: 'key', code: 'JSON_DUPLICATE_KEY', message }, true);
      }
      known |= 1 << index;
      const need = fields[names[index]!];
      if (need !== 'always' && json.kind() === 'null') return json.skip();
      given |= 1 << index;
      this.isNeeded = need === 'always' || need === 'given' || (need === 'images' && this.opensImages);
      read(names[index]!);
      this.isNeeded = true;
    });
    const missing = names.filter((name, index) => {
      const need = fields[name];
      return !(given & (1 << index)) && (need === 'always' || (need === 'images' && this.opensImages));
    });
    if (missing.length > 0) {
      const message = `The field ${missing.map((name) => `"${name}"`).join(', ')} is missing.`;
      this.wrong({ kind: 'missing', code: 'COCO_MISSING_FIELD', message, fields: missing });
    }
    return missing.every((name) => fields[name] !== 'always');
  }

  /** Whether a value of this kind follows; otherwise it is a problem, and skipped. */
  is(kind: JsonKind, expected: string): boolean {
    const found = this.json.kind();
    if (found === kind) return true;
    this.wrong(wrongType(expected, found), true);
    return false;
  }

  /** Steps over a value of another evaluation's rules. */
  unapplied(): void {
    const { json, handler } = this;
    const path = json.valuePath;
    const isGiven = json.kind() === 'array' ? json.array(() => json.skip()) > 0 : this.flag() === 1;
    if (isGiven) handler.unapplied?.(path);
  }

  id(): number {
    const { json } = this;
    const kind = json.kind();
    if (kind === 'number') {
      const value = json.decimal();
      if (idProblem(value) === undefined) return value;
      const detail = Number.isFinite(value) ? json.numberText : String(value);
      this.wrong({ ...idProblem(value, detail)!, kind: 'id', detail });
      return NaN;
    }
    const detail = kind === 'string' ? `"${json.text().slice(0, 40)}"` : withArticle(kind);
    this.wrong({ ...wrongType('An id (an integer)', kind), kind: 'id', detail }, kind !== 'string');
    return NaN;
  }

  /** A number that has to pass a check; NaN for anything else. */
  number(problemOf: (value: number) => Problem | undefined = finiteProblem, expected = 'A number'): number {
    return (this.is('number', expected) ? this.checked(this.json.decimal(), problemOf) : NaN) ?? NaN;
  }

  text(problemOf: (value: string) => Problem | undefined = () => undefined): string | undefined {
    return this.is('string', 'A string') ? this.checked(this.json.text(), problemOf) : undefined;
  }

  /** 0, 1, true or false; undefined for anything else. */
  flag(): 0 | 1 | undefined {
    const { json } = this;
    const kind = json.kind();
    if (kind === 'boolean') return json.boolean() ? 1 : 0;
    if (kind !== 'number') {
      this.wrong({ ...wrongType('0 or 1', kind), kind: 'flag' }, true);
      return undefined;
    }
    const value = json.decimal();
    if (value === 0 || value === 1) return value;
    const message = `0 or 1 is expected here, found ${value}.`;
    this.wrong({ kind: 'flag', code: 'COCO_WRONG_TYPE', message });
    return undefined;
  }

  /** Reads [x, y, width, height] in pixels into `box` from `at` on; NaN for anything else. */
  box(box: Float64Array, at: number): void {
    const { json } = this;
    if (!this.is('array', 'A box [x, y, width, height]')) return;
    const wrongLength = (detail: string): void => {
      const message = 'A box has exactly four numbers: [x, y, width, height].';
      this.wrong({ kind: 'entry', code: 'COCO_WRONG_TYPE', message, detail });
    };
    const length = json.array((side) => {
      if (side === 4) wrongLength('more than 4 numbers');
      if (side > 3) return json.skip();
      box[at + side] = this.number((value) => coordinateProblem(value, side > 1));
    });
    if (length === 4) return;
    box.fill(NaN, at, at + 4);
    if (length < 4) wrongLength(`${length} numbers instead of 4`);
  }

  /** @returns undefined for an odd value that is not needed */
  private checked<Value>(value: Value, problemOf: (value: Value) => Problem | undefined): Value | undefined {
    const problem = problemOf(value);
    if (problem !== undefined) this.wrong({ ...problem, kind: 'value', detail: String(value) });
    return problem === undefined || this.isNeeded ? value : undefined;
  }

  /** @param skip whether the value has not been read yet */
  private wrong(problem: RecordProblem, skip = false): void {
    if (this.isNeeded) this.handler.wrong(problem, this.json);
    else this.handler.odd(this.json.valuePath);
    if (skip) this.json.skip();
  }
}

function wrongType(expected: string, found: JsonKind): RecordProblem {
  return {
    kind: 'entry',
    code: 'COCO_WRONG_TYPE',
    message: `${expected} is expected here, found ${withArticle(found)}.`,
    detail: `${withArticle(found)} instead of ${expected[0]!.toLowerCase()}${expected.slice(1)}`,
  };
}

export function withArticle(kind: string): string {
  return kind === 'null' ? 'null' : /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
