import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type HiddenFolders, hideFolders } from '../../core/files/shown-paths';

/** How much of a log goes beside the pages: its end, which contains the reason of a failure. */
export const LOG_CHARACTERS = 64 * 1024;

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Copies stage logs beside the pages as plain text, each once. */
export class StageLogs {
  private readonly copied = new Map<string, string | undefined>();

  /**
   * @param folder where the copies go
   * @param logFile log file of a stage key
   * @param hidden folders of this machine → their names on a page
   */
  constructor(
    private readonly folder: string,
    private readonly logFile: ((key: string) => string) | undefined,
    private readonly hidden: HiddenFolders = {},
  ) {}

  /** @returns name of the copy in the folder; `undefined` where there is no log */
  copy(key: string): string | undefined {
    if (!this.copied.has(key)) this.copied.set(key, this.write(key));
    return this.copied.get(key);
  }

  private write(key: string): string | undefined {
    // A key from a foreign bundle may be anything: it must not name a file elsewhere.
    if (this.logFile === undefined || !/^[0-9a-f]{64}$/.test(key)) return undefined;
    let text: string;
    try {
      text = readFileSync(this.logFile(key), 'utf8');
    } catch {
      return undefined;
    }
    const name = `${key.slice(0, 16)}.txt`;
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, this.readable(text));
    return name;
  }

  private readable(text: string): string {
    const lines = stripVTControlCharacters(text)
      .split('\n')
      .filter((line) => line !== '')
      .map(readableLine);
    const all = `${lines.join('\n')}\n`;
    const end =
      all.length > LOG_CHARACTERS ? all.slice(all.indexOf('\n', all.length - LOG_CHARACTERS) + 1) : all;
    const shown = hideFolders(end, this.hidden);
    return all.length > LOG_CHARACTERS ? `… the log begins earlier; this is its end\n${shown}` : shown;
  }
}

/** The slot in the first line of a stage's log, `1 (GPU 0)` for instance: the database has it once the stage is done. */
export function loggedSlot(file: string): string | undefined {
  try {
    const [first = ''] = readFileSync(file, 'utf8').split('\n', 1);
    const { slot } = JSON.parse(first) as { slot?: unknown };
    return typeof slot === 'string' ? slot : undefined;
  } catch {
    return undefined;
  }
}

/** A line of the stage's JSON log as a person reads it; other lines are unchanged. */
function readableLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  if (typeof entry !== 'object' || entry === null || typeof entry['time'] !== 'number') return line;
  const { level, time, stream, msg, stage: _, ...rest } = entry;
  const when = new Date(time);
  const words = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [
    Number.isNaN(when.getTime()) ? '' : when.toISOString(),
    (levels[level as number] ?? '').padEnd(5),
    typeof stream === 'string' ? stream.padEnd(6) : '',
    typeof msg === 'string' ? msg : '',
    ...words,
  ]
    .join(' ')
    .trimEnd();
}
