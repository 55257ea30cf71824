import { RethinkError } from '../../contract/errors';
import { type ByteSource, positionOf } from './byte-source';
import { oddBeginning } from './odd-beginning';

/** What `next` returns after the last byte. */
export const END = -1;

/**
 * A window of bytes that moves over a source: memory does not grow with the file. A zero byte after the window's last
 * one ends every inner loop, so that the loops need no other check of the window's end.
 */
export abstract class JsonWindow {
  /** The window; `bytes[end]` is a zero. */
  protected readonly bytes: Uint8Array;
  /** Position of the next byte in the window. */
  protected position = 0;
  protected end = 0;
  /** Offset in the source of the window's first byte. */
  private base = 0;
  protected readonly path: (string | number)[] = [];

  /** @throws RethinkError `JSON_ENCODING` or `JSON_COMPRESSED` where the first bytes are not UTF-8 text */
  constructor(
    private readonly source: ByteSource,
    length: number,
  ) {
    this.bytes = new Uint8Array(length + 1);
    this.refill(0);
    const odd = oddBeginning(this.bytes);
    if (odd !== undefined) this.fail(odd.code, odd.message, odd.hint);
    if (this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf) this.position = 3;
  }

  /** Path of the current value, for instance `annotations[17].bbox`. */
  get valuePath(): string {
    return formatPath(this.path);
  }

  /** Ends with an error at the current value. */
  fail(code: string, message: string, hint?: string): never {
    const at = this.base + Math.min(this.position, this.end);
    throw new RethinkError(code, message, {
      location: { file: this.source.file, ...positionOf(this.source, at), path: this.valuePath || undefined },
      hint,
    });
  }

  protected literal(word: string): void {
    if (!this.startsWith(word)) this.unexpected('a value');
    this.position += word.length;
  }

  protected startsWith(word: string): boolean {
    if (this.position + word.length > this.end) this.refill(this.position);
    for (let index = 0; index < word.length; index++) {
      if ((this.bytes[this.position + index]! | 32) !== word.charCodeAt(index)) {
        if (this.position + index === this.end) this.truncated();
        return false;
      }
      // JSON's own literals are lower case; `nan` is asked for in any case.
      if (word !== 'nan' && this.bytes[this.position + index] !== word.charCodeAt(index)) return false;
    }
    return true;
  }

  /** The next byte that is not white space; fails at the end of the text. */
  protected peek(): number {
    const byte = this.next();
    return byte === END ? this.truncated() : byte;
  }

  protected next(): number {
    for (;;) {
      const byte = this.bytes[this.position]!;
      if (byte > 32) return byte;
      if (byte === 32 || byte === 10 || byte === 13 || byte === 9) this.position++;
      else if (this.position !== this.end) return byte;
      else if (!this.refill(this.position)) return END;
    }
  }

  /** Moves the window on so that it starts at `keep`; false where the source has no more bytes. */
  protected refill(keep: number): boolean {
    this.bytes.copyWithin(0, keep, this.end);
    this.base += keep;
    this.position -= keep;
    this.end -= keep;
    const room = this.bytes.length - 1 - this.end;
    const got = room === 0 ? 0 : this.source.read(this.bytes, this.end, room, this.base + this.end);
    this.end += got;
    this.bytes[this.end] = 0;
    return got > 0;
  }

  protected excerpt(length: number): string {
    const shown = this.bytes.subarray(
      this.position,
      Math.min(this.position + Math.min(length, 24), this.end),
    );
    const text = Buffer.from(shown).toString('latin1');
    // Text after a line break adds nothing, and would break the message's line.
    const control = [...text].findIndex((character) => character < ' ');
    return control < 0 ? text : `${text.slice(0, control)}…`;
  }

  protected unexpected(expected: string): never {
    if (this.position >= this.end && !this.refill(this.position)) return this.truncated();
    return this.fail('JSON_SYNTAX', `Expected ${expected}, found "${this.excerpt(12)}".`);
  }

  protected truncated(): never {
    this.position = this.end;
    return this.base + this.end === 0
      ? this.fail('JSON_EMPTY', 'The file is empty.')
      : this.fail(
          'JSON_TRUNCATED',
          'The text ends in the middle of the document.',
          'Was the file copied or written completely?',
        );
  }
}

export function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (part !== '') text += text === '' ? part : `.${part}`;
  }
  return text;
}
