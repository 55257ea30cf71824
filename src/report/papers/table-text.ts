import { parseHTML } from 'linkedom';

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

/** Reads a table of a page: what it says, without buttons and what is only seen. */
export function readTable(html: string): PageTable {
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  for (const element of [...document.querySelectorAll('svg, [aria-hidden="true"], script, input')]) {
    element.remove();
  }
  const rows = (selector: string) => withoutRowSpans([...document.querySelectorAll(selector)]);
  return { header: rows('thead tr'), body: rows('tbody tr, tfoot tr').filter((row) => row.length > 0) };
}

/** Cells that reach into the rows below leave an empty one there. */
function withoutRowSpans(rows: readonly Element[]): TableCell[][] {
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
    for (const element of row.querySelectorAll('th, td')) {
      skip();
      const cell = cellOf(element);
      const below = (Number(element.getAttribute('rowspan') ?? '1') || 1) - 1;
      if (below > 0) for (let index = 0; index < cell.span; index++) taken.set(column + index, below);
      cells.push(cell);
      column += cell.span;
    }
    skip();
    return cells;
  });
}

function cellOf(cell: Element): TableCell {
  const text = words(cell);
  return {
    text,
    isNumber: (cell.getAttribute('class') ?? '').split(' ').includes('num'),
    span: Math.max(1, Number(cell.getAttribute('colspan') ?? '1') || 1),
  };
}

const blocks = new Set(['BR', 'DIV', 'P', 'LI', 'SPAN', 'SMALL', 'TH', 'TD', 'A', 'STRONG']);

/** Text with a space between elements that stand apart on the page. */
function words(element: Element): string {
  const parts: string[] = [];
  const visit = (node: Node): void => {
    if (node.nodeType === 3) parts.push(node.textContent ?? '');
    for (const child of node.childNodes) {
      const isBlock = blocks.has(child.nodeName.toUpperCase());
      if (isBlock) parts.push(' ');
      visit(child);
      if (isBlock) parts.push(' ');
    }
  };
  visit(element);
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
