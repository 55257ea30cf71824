import { padEnd, padStart, displayWidth } from './format';
import { printable } from './printable';

/** Columns two spaces apart; a column of numbers is aligned right. Text of others is made printable. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column]!))));
  const right = header.map((_, column) => rows.every((row) => /^([-+\d.]+|–|)$/.test(row[column]!)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        right[column] ? padStart(cell, widths[column]!) : padEnd(cell, widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}
