/** A generated page; its first comment tells readers not to edit it. */
export function page(title: string, lead: string, ...parts: readonly string[]): string {
  const note =
    '<!-- Generated from the code by `npm run docs:reference`; a test checks that it is up to date. -->';
  return [`# ${title}`, note, lead, ...parts].join('\n\n') + '\n';
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

export function valueOrDash(value: unknown): string {
  return value === undefined ? '–' : code(JSON.stringify(value));
}
