import { noValue } from '../../core/text/units';
import type { Cell, Table, TableRow, Value } from '../templates/table';
import { csvField } from '../../core/text/csv';

/**
 * RFC 4180. Numbers are unrounded and in columns of their own, in the unit that the head names; a head of several rows
 * becomes one.
 */
export function tableCsv({ columns, rows, footer }: Table): string {
  const all = [...rows, ...footer];
  const fields = columns.flatMap((column, index) => {
    if (column.isPageOnly === true) return [];
    const { name, unit, group, valueUnit = unit ?? group?.unit } = column;
    const title = [group?.name ?? '', name].filter(Boolean).join(' ');
    const cellOf = (row: TableRow): Cell | undefined => row.cells.find((cell) => cell.column === index);
    const further = [...new Set(all.flatMap((row) => Object.keys(cellOf(row)?.values ?? {})))];
    return [
      {
        title: valueUnit === undefined ? title : `${title}, ${valueUnit}`,
        value: (row: TableRow) => {
          const cell = cellOf(row);
          return cell?.value === undefined ? (cell?.text ?? '') : cell.value;
        },
      },
      ...further.map((key) => ({ title: key, value: (row: TableRow) => cellOf(row)?.values?.[key] ?? '' })),
    ];
  });
  const lines = [
    fields.map(({ title }) => csvValue(title)),
    ...all.map((row) => fields.map(({ value }) => csvValue(value(row)))),
  ];
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}

function csvValue(value: Value): string {
  if (value === null || value === noValue) return '';
  const plain = String(value)
    .replace(/−/g, '-')
    .replace(/[\u202f\u2009\u00a0]/g, ' ');
  return csvField(plain);
}

/** A `tabular` with booktabs' rules, which holds what the page shows. */
export function tableLatex({ title, columns, rows, footer }: Table): string {
  const shown = columns.flatMap((column, index) =>
    column.isPageOnly === true ? [] : [{ ...column, index }],
  );
  const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\`;
  const bodyLine = (row: TableRow) => {
    const cells = shown.flatMap(({ index }) => {
      const cell = row.cells.find(({ column }) => column === index);
      if (cell !== undefined) return [latexCell(cell, shown.filter((other) => other.index >= index).length)];
      // Taken by the cell before it, or empty.
      return row.cells.some(({ column, span = 1 }) => column < index && index < column + span) ? [] : [''];
    });
    return line(cells);
  };
  const withUnit = (name: string, unit?: string) => latexText([name, unit].filter(Boolean).join(', '));
  const groups = shown.filter(({ group }, at) => group === undefined || group !== shown[at - 1]?.group);
  const groupLine = groups.map(({ name, unit, group }) => {
    if (group === undefined) return withUnit(name, unit);
    const span = shown.filter((other) => other.group === group).length;
    return multicolumn(span, 'l', withUnit(group.name, group.unit));
  });
  const hasGroups = shown.some(({ group }) => group !== undefined);
  return [
    `% ${title.replace(/[\r\n]+/g, ' ')}`,
    '% \\usepackage{booktabs}',
    `\\begin{tabular}{${shown.map(({ isNumber }) => (isNumber === true ? 'r' : 'l')).join('')}}`,
    '\\toprule',
    ...(hasGroups ? [line(groupLine)] : []),
    line(shown.map(({ name, unit, group }) => (hasGroups && !group ? '' : withUnit(name, unit)))),
    '\\midrule',
    ...[...rows, ...footer].map(bodyLine),
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

function latexCell({ text, notes = [], span = 1 }: Cell, most: number): string {
  const words = [text, ...notes.map((note) => (typeof note === 'object' ? note.text : (note ?? '')))];
  return multicolumn(Math.min(span, most), 'l', latexText(words.filter(Boolean).join(' ')));
}

const multicolumn = (span: number, side: 'l' | 'r', text: string) =>
  span === 1 ? text : `\\multicolumn{${span}}{${side}}{${text}}`;

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
