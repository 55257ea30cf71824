import { isUtf8 } from 'node:buffer';
import { type ByteSource } from './byte-source';
import { parseDecimal } from './decimal';
import { END, JsonWindow } from './json-window';
import { type RecordScanner } from './scan-records';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** Nesting beyond this is an attack or a mistake: COCO files nest six deep. */
const MAX_DEPTH = 256;
/** Longest number or read string in bytes; skipped strings may be of any length. */
const MAX_TOKEN = 1 << 16;
/** Different keys that are remembered. */
const MAX_KEYS = 24;
const MINUS = 45;
const UPPER_N = 78;
const UPPER_I = 73;

/** A strict pull parser: the next value is read, skipped or walked through. */
export class JsonReader extends JsonWindow {
  private readonly number = new Float64Array(1);
  private numberLength = 0;
  /** Keys in the order in which they were first met, and which one is expected next: objects of a list are alike. */
  private readonly keys: { bytes: Uint8Array; text: string }[] = [];
  private expectedKey = 0;

  private readonly nonFinite: boolean;

  /** Paths of skipped values that are NaN or infinite; the first thousand. */
  readonly nonFiniteSkipped: string[] = [];

  /**
   * @param options.window bytes that are held at once
   * @param options.nonFinite read `NaN`, `Infinity` and `-Infinity` (Python's `json.dump` writes them), and numbers too
   * large for a double, as numbers instead of refusing them
   * @throws RethinkError `JSON_ENCODING` or `JSON_COMPRESSED` where the first bytes are not UTF-8 text
   */
  constructor(
    source: ByteSource,
    { window = 1 << 20, nonFinite = false }: { window?: number; nonFinite?: boolean } = {},
  ) {
    super(source, Math.max(window, 2 * MAX_TOKEN));
    this.nonFinite = nonFinite;
  }

  /** The kind of the next value. */
  kind(): JsonKind {
    const byte = this.peek();
    switch (byte) {
      case OPEN_OBJECT:
        return 'object';
      case OPEN_ARRAY:
        return 'array';
      case QUOTE:
        return 'string';
      case 116:
      case 102:
        return 'boolean';
      case 110:
        return this.startsWith('nan') ? this.notFinite() : 'null';
      case UPPER_N:
      case UPPER_I:
        return this.nonFinite ? 'number' : this.notFinite();
      default:
        if (byte === 45 || (byte >= 48 && byte <= 57)) return 'number';
        return this.unexpected('a value');
    }
  }

  /** Calls `entry` for each key; it must read or skip the value. */
  object(entry: (key: string) => void): void {
    this.open(OPEN_OBJECT);
    if (this.peek() === CLOSE_OBJECT) {
      this.position++;
    } else {
      for (;;) {
        if (this.peek() !== QUOTE) this.unexpected('a key in double quotes');
        const key = this.key();
        if (this.peek() !== COLON) this.unexpected('":"');
        this.position++;
        this.path[this.path.length - 1] = key;
        entry(key);
        const byte = this.peek();
        if (byte !== COMMA && byte !== CLOSE_OBJECT) this.unexpected('"," or "}"');
        this.path[this.path.length - 1] = '';
        this.position++;
        if (byte === CLOSE_OBJECT) break;
      }
    }
    this.path.pop();
  }

  /** Calls `entry` with the index of each element; it must read or skip it. It may return the index of the last element that it consumed. */
  array(entry: (index: number) => number | void): number {
    this.open(OPEN_ARRAY);
    let index = 0;
    if (this.peek() === CLOSE_ARRAY) {
      this.position++;
    } else {
      for (;;) {
        this.path[this.path.length - 1] = index;
        index = entry(index) ?? index;
        this.path[this.path.length - 1] = index;
        const byte = this.peek();
        if (byte !== COMMA && byte !== CLOSE_ARRAY) this.unexpected('"," or "]"');
        this.position++;
        index++;
        if (byte === CLOSE_ARRAY) break;
      }
    }
    this.path.pop();
    return index;
  }

  /** The next value, which must be of kind `number`. */
  decimal(): number {
    const first = this.peek();
    if (this.nonFinite && (first === UPPER_N || first === UPPER_I)) return this.nonFiniteLiteral();
    let length = 0;
    for (;;) {
      const byte = this.bytes[this.position + length]!;
      if ((byte >= 48 && byte <= 57) || byte === 45 || byte === 43 || byte === 46 || (byte | 32) === 101) {
        if (++length > MAX_TOKEN) this.fail('JSON_TOKEN_TOO_LONG', 'This number has too many digits.');
      } else if (this.position + length !== this.end || !this.refill(this.position)) {
        break;
      }
    }
    if (first === MINUS && length === 1 && this.bytes[this.position + 1] === UPPER_I) {
      if (!this.nonFinite) return this.notFinite();
      this.position++;
      return -this.nonFiniteLiteral();
    }
    const after = parseDecimal(this.bytes, this.position, this.number, 0);
    if (after !== this.position + length) {
      if (this.position + length === this.end) this.truncated();
      this.fail('JSON_SYNTAX', `"${this.excerpt(length)}" is not a JSON number.`);
    }
    this.numberLength = length;
    const value = this.number[0]!;
    if (!this.nonFinite && !Number.isFinite(value)) {
      this.fail('JSON_NOT_FINITE', `${this.excerpt(length)} is too large for a number.`);
    }
    this.position = after;
    return value;
  }

  /** The finite number that `decimal` has just read, as it is written. */
  get numberText(): string {
    const start = this.position - this.numberLength;
    return Buffer.from(this.bytes.subarray(start, this.position)).toString('latin1').slice(0, 60);
  }

  /** The next value, which must be a string. */
  text(): string {
    this.peek();
    let length = 1;
    for (;;) {
      const byte = this.bytes[this.position + length]!;
      if (byte === QUOTE) break;
      if (byte < 32) {
        if (this.position + length === this.end) {
          if (this.refill(this.position)) continue;
          this.truncated();
        }
        this.position += length;
        this.fail('JSON_SYNTAX', 'A string contains a control character.');
      }
      length += byte === BACKSLASH ? 2 : 1;
      // An escape may step over the window's end: its second byte must be there first.
      if (this.position + length > this.end && !this.refill(this.position)) this.truncated();
      if (length > MAX_TOKEN) this.fail('JSON_TOKEN_TOO_LONG', 'This string is too long for a key or name.');
    }
    const inner = this.bytes.subarray(this.position + 1, this.position + length);
    if (!isUtf8(inner)) this.fail('JSON_SYNTAX', 'A string is not valid UTF-8.');
    const raw = Buffer.from(inner.buffer, inner.byteOffset, inner.length).toString('utf8');
    let value = raw;
    if (raw.includes('\\')) {
      try {
        value = JSON.parse(`"${raw}"`) as string;
      } catch {
        this.fail('JSON_SYNTAX', 'A string contains an invalid escape.');
      }
    }
    this.position += length + 1;
    return value;
  }

  /** The next value, which must start with `t` or `f`. */
  boolean(): boolean {
    const value = this.peek() === 116;
    this.literal(value ? 'true' : 'false');
    return value;
  }

  /** Lets the scanner read objects from here on, all in the window; false where it read none. */
  scan(scanner: RecordScanner): boolean {
    const after = scanner.scan(this.bytes, this.position);
    const some = after > this.position;
    this.position = after;
    return some;
  }

  /** Reads over the next value, checking that it is JSON. */
  skip(): void {
    switch (this.kind()) {
      case 'object':
        return this.object(() => this.skip());
      case 'array':
        this.array(() => this.skip());
        return;
      case 'string':
        return this.skipText();
      case 'number':
        if (Number.isFinite(this.decimal())) return;
        if (this.nonFiniteSkipped.length < 1000) this.nonFiniteSkipped.push(this.valuePath);
        return;
      case 'boolean':
        this.boolean();
        return;
      case 'null':
        return this.literal('null');
    }
  }

  /** The next value as `JSON.parse` would return it. */
  value(): unknown {
    switch (this.kind()) {
      case 'object': {
        const entries: [string, unknown][] = [];
        this.object((key) => void entries.push([key, this.value()]));
        return Object.fromEntries(entries);
      }
      case 'array': {
        const items: unknown[] = [];
        this.array(() => void items.push(this.value()));
        return items;
      }
      case 'string':
        return this.text();
      case 'number':
        return this.decimal();
      case 'boolean':
        return this.boolean();
      case 'null':
        this.literal('null');
        return null;
    }
  }

  /** Nothing but white space may follow. */
  finish(): void {
    const byte = this.next();
    if (byte !== END)
      this.fail('JSON_SYNTAX', `More text follows the end of the document: "${this.excerpt(12)}".`);
  }

  /** The next key, which starts with a quote. Known ones cost a comparison, no string. */
  private key(): string {
    const { keys, bytes, position } = this;
    for (let tries = 0; tries < keys.length; tries++) {
      const at = (this.expectedKey + tries) % keys.length;
      const known = keys[at]!;
      const { length } = known.bytes;
      let same = 0;
      while (same < length && bytes[position + 1 + same] === known.bytes[same]) same++;
      if (same < length) continue;
      this.position += length + 1;
      this.expectedKey = at + 1;
      return known.text;
    }
    const text = this.text();
    if (text.length < 32 && keys.length < MAX_KEYS && /^\w*$/.test(text)) {
      keys.push({ bytes: Buffer.from(`${text}"`), text });
    }
    return text;
  }

  private skipText(): void {
    const { bytes } = this;
    this.position++;
    for (;;) {
      const byte = bytes[this.position]!;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        if (this.position + 6 > this.end) this.refill(this.position);
        const escaped = bytes[this.position + 1]!;
        if (this.position + 1 >= this.end) this.truncated();
        if (escaped === 117) {
          for (let digit = 2; digit < 6; digit++) {
            if (!isHex(bytes[this.position + digit]!))
              this.fail('JSON_SYNTAX', 'A string contains an invalid escape.');
          }
          this.position += 6;
        } else {
          if (!'"\\/bfnrt'.includes(String.fromCharCode(escaped))) {
            this.fail('JSON_SYNTAX', 'A string contains an invalid escape.');
          }
          this.position += 2;
        }
      } else if (byte < 32) {
        if (this.position !== this.end) this.fail('JSON_SYNTAX', 'A string contains a control character.');
        if (!this.refill(this.position)) this.truncated();
      } else {
        this.position++;
      }
    }
    this.position++;
  }

  private open(bracket: number): void {
    if (this.peek() !== bracket) this.unexpected(bracket === OPEN_OBJECT ? '"{"' : '"["');
    if (this.path.length >= MAX_DEPTH)
      this.fail('JSON_TOO_DEEP', `Values are nested more than ${MAX_DEPTH} deep.`);
    this.position++;
    this.path.push('');
  }

  private nonFiniteLiteral(): number {
    const word = this.bytes[this.position] === UPPER_N ? 'NaN' : 'Infinity';
    if (this.position + word.length > this.end) this.refill(this.position);
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.position + index] !== word.charCodeAt(index)) this.unexpected('a value');
    }
    this.position += word.length;
    return Number(word);
  }

  private notFinite(): never {
    return this.fail(
      'JSON_NOT_FINITE',
      `${this.excerpt(8).replace(/[^a-zA-Z-].*$/s, '')} is not allowed: a finite number is expected.`,
      'JSON has no NaN or Infinity; leave such entries out when writing the file.',
    );
  }
}

function isHex(byte: number): boolean {
  const lower = byte | 32;
  return (byte >= 48 && byte <= 57) || (lower >= 97 && lower <= 102);
}
