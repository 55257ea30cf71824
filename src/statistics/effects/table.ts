import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { type Axis, Grid, type Observation } from './grid';

export interface TableOptions {
  /** Column of the scores; default `AP`. */
  readonly score?: string;
  /** Axis → its reference level; default the first in the file. */
  readonly reference?: Readonly<Record<string, string>>;
}

/**
 * A grid from a plain table with a header: a column of scores (in any unit), a column `seed` (which may be absent if
 * there is only one), and every other column an axis. Separated by commas, semicolons or tabs.
 *
 * @throws RethinkError `TABLE_NOT_FOUND`, `TABLE_SYNTAX`, `TABLE_COLUMN`, `TABLE_VALUE`, `TABLE_TWICE`
 */
export function readTable(file: string, options: TableOptions = {}): Grid {
  const { score = 'AP', reference = {} } = options;
  const rows = readRows(file);
  const header = Object.keys(rows[0]!.record);
  const scoreColumn = header.find((name) => name.toLowerCase() === score.toLowerCase());
  if (scoreColumn === undefined) {
    throw new RethinkError('TABLE_COLUMN', `The table has no column "${score}" with scores.`, {
      location: { file, line: 1 },
      hint: `${suggest(score, header)} Use --score to name another column.`,
    });
  }
  const seedColumn = header.find((name) => name.toLowerCase() === 'seed');
  const names = header.filter((name) => name !== scoreColumn && name !== seedColumn);
  if (names.length === 0) {
    throw new RethinkError('TABLE_COLUMN', 'The table has no column for an axis.', {
      location: { file, line: 1 },
      hint: 'Every column but the scores and "seed" is an axis.',
    });
  }
  const seen = new Map<string, number>();
  const observations = rows.map(({ record, line }): Observation => {
    const levels = names.map((name) => record[name]!);
    const empty = names.find((name) => record[name] === '');
    if (empty !== undefined) {
      throw new RethinkError('TABLE_VALUE', 'An axis has no value.', {
        location: { file, line, path: empty },
      });
    }
    const seed = seedColumn === undefined ? 0 : numberIn(record, seedColumn, file, line);
    const key = JSON.stringify([levels, seed]);
    if (seen.has(key)) {
      throw new RethinkError('TABLE_TWICE', `Duplicate cell and seed, already in line ${seen.get(key)}.`, {
        location: { file, line },
        hint: seedColumn === undefined ? 'Repetitions require a column "seed".' : undefined,
      });
    }
    seen.set(key, line);
    return { levels, seed, score: numberIn(record, scoreColumn, file, line) };
  });
  checkReference(reference, names, observations, file);
  const axes = names.map((name, index): Axis => {
    const levels = [...new Set(observations.map((each) => each.levels[index]!))];
    const first = reference[name];
    return {
      name,
      levels: first === undefined ? levels : [first, ...levels.filter((level) => level !== first)],
    };
  });
  return new Grid(axes, observations, () => 'not in the table');
}

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly line: number;
}

function readRows(file: string): Row[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new RethinkError('TABLE_NOT_FOUND', `The table can't be read: ${(error as Error).message}.`, {
      location: { file },
      cause: error,
    });
  }
  const header = text.split(/\r?\n/, 1)[0] ?? '';
  const delimiter = [',', ';', '\t'].sort((a, b) => header.split(b).length - header.split(a).length)[0];
  try {
    const parsed = parse(text, {
      columns: true,
      info: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      delimiter,
    });
    const rows = parsed as unknown as { record: Record<string, string>; info: { lines: number } }[];
    if (rows.length > 0) return rows.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number };
    throw new RethinkError('TABLE_SYNTAX', message, { location: { file, line: lines }, cause: error });
  }
  throw new RethinkError('TABLE_SYNTAX', 'The table has no rows below its header.', { location: { file } });
}

function numberIn(record: Row['record'], column: string, file: string, line: number): number {
  const text = record[column]!;
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new RethinkError('TABLE_VALUE', `"${text}" is not a number.`, {
    location: { file, line, path: column },
    hint: text === '' ? 'Omit the line of a trial without a score.' : undefined,
  });
}

function checkReference(
  reference: Readonly<Record<string, string>>,
  names: readonly string[],
  observations: readonly Observation[],
  file: string,
): void {
  for (const [axis, level] of Object.entries(reference)) {
    const index = names.indexOf(axis);
    const levels = observations.map((each) => each.levels[index]!);
    if (index >= 0 && levels.includes(level)) continue;
    throw new RethinkError(
      'TABLE_COLUMN',
      index < 0 ? `The table has no axis "${axis}".` : `The axis ${axis} has no "${level}".`,
      {
        location: { file, path: '--reference' },
        hint: suggest(index < 0 ? axis : level, index < 0 ? names : new Set(levels)),
      },
    );
  }
}
