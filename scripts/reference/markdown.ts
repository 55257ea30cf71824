/** Said at the head of every page that is made from the code. */
export function page(title: string, lead: string, ...parts: readonly string[]): string {
  const note = '<!-- Made from the code by `npm run docs:reference`; a test holds it to the code. -->';
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
