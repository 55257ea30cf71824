import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

const HEAD_BYTES = 4 << 20;
const TAIL_BYTES = 256 << 10;
const LONGEST_LINE = 16 << 10;
const ENDING_CHARACTERS = 4 << 10;

/** pino's number for "info". */
const INFO = 30;

/**
 * One stage's log: JSON lines as pino writes them. Output of native code or a plugin becomes a line with `stream`.
 * The file contains at most the first 4 MiB and the last 256 KiB.
 */
export class StageLog {
  private readonly handle: number;
  private written = 0;
  private tail: Buffer[] = [];
  private tailBytes = 0;
  private droppedBytes = 0;
  private failed = false;
  private last = '';

  /** The log of an earlier attempt is renamed to `<file>.previous`. */
  constructor(
    readonly file: string,
    private readonly limits = { head: HEAD_BYTES, tail: TAIL_BYTES },
  ) {
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file)) renameSync(file, `${file}.previous`);
    this.handle = openSync(file, 'w');
  }

  /** The last few kilobytes, which may contain why a process died. */
  get ending(): string {
    return this.last;
  }

  /** A line by the host. */
  note(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.append(
      `${JSON.stringify({ level: INFO, time: Date.now(), stream: 'host', ...fields, msg: message })}\n`,
    );
  }

  /** Logs the output of a process. */
  follow(stream: Readable, name: 'stdout' | 'stderr'): void {
    let rest = '';
    let full = false;
    const take = (line: string): void => {
      if (line === '') return;
      const structured = line.startsWith('{"level":') && line.endsWith('}');
      const text = structured
        ? line
        : JSON.stringify({ level: INFO, time: Date.now(), stream: name, msg: line });
      this.append(`${text}\n`);
    };
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      if (full && chunk.length > LONGEST_LINE) {
        // A flood: cut without looking for lines, so that the host has time for other things.
        this.droppedBytes += rest.length + chunk.length - LONGEST_LINE;
        rest = '';
        chunk = chunk.slice(-LONGEST_LINE);
      }
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} …` : line);
      if (rest.length > LONGEST_LINE) {
        take(rest);
        rest = '';
      }
      full = this.written >= this.limits.head;
    });
    stream.on('end', () => take(rest));
    // A pipe breaks when its process ends.
    stream.on('error', () => undefined);
  }

  close(): void {
    if (this.droppedBytes > 0) {
      this.write(
        Buffer.from(
          `${JSON.stringify({ level: 40, time: Date.now(), stream: 'host', msg: `${this.droppedBytes} bytes left out` })}\n`,
        ),
      );
    }
    for (const line of this.tail) this.write(line);
    closeSync(this.handle);
  }

  private append(line: string): void {
    const bytes = Buffer.from(line);
    this.last = (this.last + line).slice(-ENDING_CHARACTERS);
    if (this.written + bytes.length <= this.limits.head && this.tail.length === 0) {
      this.write(bytes);
      return;
    }
    this.tail.push(bytes);
    this.tailBytes += bytes.length;
    while (this.tailBytes > this.limits.tail && this.tail.length > 1) {
      const oldest = this.tail.shift()!;
      this.tailBytes -= oldest.length;
      this.droppedBytes += oldest.length;
    }
  }

  private write(bytes: Buffer): void {
    this.written += bytes.length;
    if (this.failed) return;
    try {
      writeSync(this.handle, bytes);
    } catch {
      // A full disk must not end a stage that has nothing else to write; its own writes will fail.
      this.failed = true;
    }
  }
}
