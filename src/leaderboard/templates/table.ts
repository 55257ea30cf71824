import { groups } from 'd3-array';

export type Value = number | string | null;

/** What a cell shows: its text, what a page adds to it, and its values in files. */
export interface Cell {
  readonly text: string;
  /** In files: unrounded, in the unit of the column's values; the text where absent. */
  readonly value?: Value;
  /** Further columns of files, by name. */
  readonly values?: Readonly<Record<string, Value>>;
  /** Small print below; what is empty is left out. */
  readonly notes?: readonly (string | Note | undefined)[];
  readonly href?: string;
  /** Accessible name of the link. */
  readonly label?: string;
  readonly title?: string;
  readonly className?: string;
  readonly isCode?: boolean;
  /** Marks a declared cost, with its source where it is known. */
  readonly dagger?: string | boolean;
  /** Whether the mark of the Pareto front leads; the style sheet shows it in rows that are on it. */
  readonly hasFrontMark?: boolean;
  /** For screen readers, after the text. */
  readonly hiddenText?: string;
  /** Sorted by; the text where absent. */
  readonly sort?: number | string;
  readonly data?: Attributes;
  /** Columns that it takes. */
  readonly span?: number;
  /** What the column's partial is rendered with. */
  readonly view?: object;
}

export interface Note {
  readonly text: string;
  readonly title?: string;
  readonly isOnFront?: boolean;
}

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ColumnHead {
  readonly name: string;
  /** Unit of what the page shows. */
  readonly unit?: string;
  /** Unit of the values in files, where it is another one. */
  readonly valueUnit?: string;
  /** Neighbouring columns of one group have a common head. */
  readonly group?: { readonly name: string; readonly unit?: string; readonly className?: string };
  readonly isNumber?: boolean;
  /** Whether its cells name the row. */
  readonly isHeader?: boolean;
  /** Left out of files: links and drawings. */
  readonly isPageOnly?: boolean;
}

export interface Column<Row> extends ColumnHead {
  readonly cell: (row: Row) => Cell | string | number;
  readonly className?: string;
  readonly title?: string;
  readonly sort?: 'up' | 'down';
  /** `data-` attributes of its head. */
  readonly data?: Attributes;
  /** `id` of the unit in its head. */
  readonly unitId?: string;
  /** Template of its cells' content. */
  readonly partial?: string;
}

export interface TableInput<Row> {
  /** Names the table's files and its region on the page. */
  readonly title: string;
  /** Id of the heading that names it on the page; the title where absent. */
  readonly headingId?: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly footer?: readonly (readonly (Cell | string)[])[];
  readonly attributes?: Attributes;
  readonly rowAttributes?: (row: Row, index: number) => Attributes;
  /** Neighbouring rows of one group have a common heading on the page, unless it is the only one. */
  readonly groupOf?: (row: Row) => string;
}

export interface TableCell extends Cell {
  /** Index of its first column. */
  readonly column: number;
  readonly tag: 'td' | 'th';
  readonly attributes: Attributes;
  readonly partial?: string;
}

export interface TableRow {
  readonly attributes?: Attributes;
  readonly cells: readonly TableCell[];
}

/** A body of the table. */
interface TableGroup {
  readonly title?: string;
  readonly span: number;
  readonly rows: readonly TableRow[];
}

interface HeadCell {
  readonly text: string;
  readonly unit?: string;
  readonly unitId?: string;
  readonly attributes: Attributes;
}

/** A table as data. Pages, CSV and LaTeX are rendered from it. */
export interface Table {
  readonly kind: 'table';
  readonly title: string;
  readonly region: Attributes;
  readonly attributes?: Attributes;
  readonly columns: readonly ColumnHead[];
  readonly head: readonly (readonly HeadCell[])[];
  readonly rows: readonly TableRow[];
  /** The same rows as the page shows them. */
  readonly groups: readonly TableGroup[];
  readonly footer: readonly TableRow[];
}

export function table<Row>(input: TableInput<Row>): Table {
  const { title, headingId, columns, rows, footer = [], attributes, rowAttributes, groupOf } = input;
  const body = rows.map((row, index) => ({
    attributes: rowAttributes?.(row, index),
    cells: rowOf(columns, (column) => column.cell(row)),
  }));
  const grouped = groups([...body.entries()], ([index]) => groupOf?.(rows[index]!) ?? '');
  return {
    kind: 'table',
    title,
    region: headingId === undefined ? { 'aria-label': title } : { 'aria-labelledby': headingId },
    attributes,
    columns,
    head: headOf(columns),
    rows: body,
    groups: grouped.map(([group, own]) => ({
      title: grouped.length > 1 ? group : undefined,
      span: columns.length,
      rows: own.map(([, row]) => row),
    })),
    footer: footer.map((cells) => {
      const list = [...cells];
      return { cells: rowOf(columns, () => list.shift() ?? '') };
    }),
  };
}

function rowOf<Row>(
  columns: readonly Column<Row>[],
  cellOf: (column: Column<Row>) => Cell | string | number,
): TableCell[] {
  const cells: TableCell[] = [];
  for (let index = 0; index < columns.length;) {
    const column = columns[index]!;
    const given = cellOf(column);
    const cell = typeof given === 'object' ? given : { text: String(given) };
    cells.push(tableCell(cell, column, index));
    index += cell.span ?? 1;
  }
  return cells;
}

function tableCell(cell: Cell, column: Omit<Column<never>, 'cell'>, index: number): TableCell {
  const { notes = [], sort, data, span, title, className } = cell;
  const shown = notes.flatMap((note) => {
    const full = typeof note === 'string' ? { text: note } : note;
    return full === undefined || full.text === '' ? [] : [full];
  });
  const classes = [
    column.isNumber === true && span === undefined ? 'num' : '',
    column.className ?? '',
    className ?? '',
  ];
  return {
    ...cell,
    column: index,
    notes: shown,
    tag: column.isHeader === true ? 'th' : 'td',
    partial: cell.view && column.partial,
    attributes: {
      scope: column.isHeader === true ? 'row' : undefined,
      class: classes.filter(Boolean).join(' ') || undefined,
      title,
      colspan: span,
      ...(sort !== undefined && { [isNumeric(sort) ? 'data-v' : 'data-v-text']: sort }),
      ...dataAttributes(data),
    },
  };
}

/** An empty text is a missing number. */
const isNumeric = (sort: number | string) => typeof sort === 'number' || sort === '';

function headOf<Row>(columns: readonly Column<Row>[]): HeadCell[][] {
  const hasGroups = columns.some(({ group }) => group !== undefined);
  const own = (column: Column<Row>, rowspan?: number): HeadCell => ({
    text: column.name,
    unit: column.unit,
    unitId: column.unitId,
    attributes: {
      scope: column.name === '' ? undefined : 'col',
      class: [column.isNumber ? 'num' : '', column.className ?? ''].filter(Boolean).join(' ') || undefined,
      rowspan,
      title: column.title,
      'data-sort': column.sort,
      ...dataAttributes(column.data),
    },
  });
  if (!hasGroups) return [columns.map((column) => own(column))];
  const top: HeadCell[] = [];
  for (const [index, column] of columns.entries()) {
    const { group } = column;
    if (group === undefined) top.push(own(column, 2));
    if (group === undefined || group === columns[index - 1]?.group) continue;
    const colspan = columns.filter((other) => other.group === group).length;
    top.push({
      text: group.name,
      unit: group.unit,
      attributes: { scope: 'colgroup', colspan, class: group.className },
    });
  }
  return [top, columns.filter(({ group }) => group !== undefined).map((column) => own(column))];
}

function dataAttributes(data: Attributes = {}): Attributes {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [`data-${name}`, value]));
}
