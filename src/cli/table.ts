/** Columns aligned by spaces; numbers to the right, the last column free to run on. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const numeric = head.map((_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column])));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          if (numeric[column]) return cell.padStart(widths[column] ?? 0);
          return column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function isNumber(cell: string | number | undefined): boolean {
  return (
    typeof cell === 'number' ||
    cell === '–' ||
    (cell !== undefined && cell !== '' && /^[-+]?[\d.,]+$/.test(cell))
  );
}
