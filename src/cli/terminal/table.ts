import { table as lines } from '../../core/text/text-table';

/** A table of text with numbers as they print. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return lines(
    head,
    rows.map((row) => row.map(String)),
  ).join('\n');
}
