import { Parser } from 'htmlparser2';

export interface TableCell {
  readonly text: string;
  readonly isNumber: boolean;
  /** Columns that it takes. */
  readonly span: number;
}

export interface PageTable {
  readonly header: readonly (readonly TableCell[])[];
  readonly body: readonly (readonly TableCell[])[];
}

/** What is seen and not read: drawings, marks beside words, what scripts put there. */
const unread = new Set(['svg', 'script', 'input']);
/** Elements that stand apart on the page, as words do. */
const apart = new Set(['br', 'div', 'p', 'li', 'span', 'small', 'th', 'td', 'a', 'strong']);

interface OpenCell extends Omit<TableCell, 'text'> {
  readonly parts: string[];
  /** Rows that it takes. */
  readonly rows: number;
}

/**
 * Reads a table of a page: what it says, without buttons and what is only seen. As a stream of tags: a document of the
 * leaderboard of a thousand rows takes ten times as long to build.
 */
export function readTable(html: string): PageTable {
  const header: OpenCell[][] = [];
  const body: OpenCell[][] = [];
  let rows = body;
  let cell: OpenCell | undefined;
  let unreadDepth = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (unreadDepth > 0 || unread.has(name) || attributes['aria-hidden'] === 'true') {
        unreadDepth++;
        return;
      }
      if (name === 'thead') rows = header;
      else if (name === 'tbody' || name === 'tfoot') rows = body;
      else if (name === 'tr') rows.push([]);
      else if (name === 'th' || name === 'td') {
        cell = {
          parts: [],
          isNumber: (attributes['class'] ?? '').split(' ').includes('num'),
          span: countOf(attributes['colspan']),
          rows: countOf(attributes['rowspan']),
        };
        rows.at(-1)?.push(cell);
      }
      if (apart.has(name)) cell?.parts.push(' ');
    },
    ontext(text) {
      if (unreadDepth === 0) cell?.parts.push(text);
    },
    onclosetag(name) {
      if (unreadDepth > 0) {
        unreadDepth--;
        return;
      }
      if (name === 'th' || name === 'td') cell = undefined;
      else if (apart.has(name)) cell?.parts.push(' ');
    },
  });
  parser.end(html);
  return {
    header: withoutRowSpans(header),
    body: withoutRowSpans(body).filter((row) => row.length > 0),
  };
}

function countOf(attribute: string | undefined): number {
  return Math.max(1, Number(attribute ?? '1') || 1);
}

/** Cells that reach into the rows below leave an empty one there. */
function withoutRowSpans(rows: readonly (readonly OpenCell[])[]): TableCell[][] {
  /** Column → rows that a cell above still takes. */
  const taken = new Map<number, number>();
  return rows.map((row) => {
    const cells: TableCell[] = [];
    let column = 0;
    const skip = () => {
      for (let left = taken.get(column) ?? 0; left > 0; left = taken.get(column) ?? 0) {
        taken.set(column, left - 1);
        cells.push({ text: '', isNumber: false, span: 1 });
        column++;
      }
    };
    for (const { parts, isNumber, span, rows: reach } of row) {
      skip();
      if (reach > 1) for (let index = 0; index < span; index++) taken.set(column + index, reach - 1);
      cells.push({ text: wordsOf(parts), isNumber, span });
      column += span;
    }
    skip();
    return cells;
  });
}

function wordsOf(parts: readonly string[]): string {
  return parts
    .join('')
    .replace(/[ \t\r\n]+/g, ' ')
    .trim();
}

/** RFC 4180, with numbers that programs read: a plain minus, no thin spaces. A header of several rows becomes one. */
export function tableCsv({ header, body }: PageTable): string {
  const columns = header.map((row) =>
    row.flatMap(({ text, span }) => Array.from({ length: span }, () => text)),
  );
  const names = (columns.at(-1) ?? []).map((name, index) =>
    [...columns.slice(0, -1).map((row) => row[index] ?? ''), name].filter((part) => part !== '').join(' '),
  );
  const lines = [
    ...(names.length === 0 ? [] : [names]),
    ...body.map((row) =>
      row.flatMap(({ text, span }) => [text, ...Array.from({ length: span - 1 }, () => '')]),
    ),
  ];
  return `${lines.map((line) => line.map((text) => csvField(text)).join(',')).join('\r\n')}\r\n`;
}

function csvField(text: string): string {
  const plain = text.replace(/−/g, '-').replace(/[\u202f\u2009\u00a0]/g, ' ');
  // A spreadsheet would run what begins like a formula.
  const safe = /^[=+\-@\t\r]/.test(plain) && !/^[+-]?[\d.]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A `tabular` with booktabs' rules. */
export function tableLatex({ header, body }: PageTable, caption: string): string {
  const width = Math.max(
    0,
    ...[...header, ...body].map((row) => row.reduce((sum, { span }) => sum + span, 0)),
  );
  const numeric = Array.from({ length: width }, (_, index) => isNumericColumn(body, index));
  const line = (row: readonly TableCell[]) =>
    `${row
      .map(({ text, span, isNumber }) =>
        span === 1 ? latexText(text) : `\\multicolumn{${span}}{${isNumber ? 'r' : 'l'}}{${latexText(text)}}`,
      )
      .join(' & ')} \\\\`;
  return [
    `% ${caption.replace(/[\r\n]+/g, ' ')}`,
    '% \\usepackage{booktabs}',
    `\\begin{tabular}{${numeric.map((isNumber) => (isNumber ? 'r' : 'l')).join('')}}`,
    '\\toprule',
    ...header.map(line),
    ...(header.length > 0 ? ['\\midrule'] : []),
    ...body.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

function isNumericColumn(body: readonly (readonly TableCell[])[], column: number): boolean {
  const cells = body.flatMap((row) => {
    let at = 0;
    for (const cell of row) {
      if (at === column) return [cell];
      at += cell.span;
    }
    return [];
  });
  return cells.length > 0 && cells.every(({ isNumber }) => isNumber);
}

const latexNames: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '%': '\\%',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '−': '$-$',
  '±': '$\\pm$',
  '×': '$\\times$',
  '·': '$\\cdot$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '→': '$\\rightarrow$',
  '–': '--',
  '—': '---',
  '…': '\\dots{}',
  '†': '$\\dagger$',
  '²': '\\textsuperscript{2}',
  '\u202f': '\\,',
  '\u2009': '\\,',
  '\u00a0': '~',
};

export function latexText(text: string): string {
  return [...text].map((character) => latexNames[character] ?? character).join('');
}
