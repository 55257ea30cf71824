import type { ColumnOptions, ValueTransformer } from 'typeorm';

/** JSON in a text column: every database has one, and none rewrites its content. */
const json: ValueTransformer = {
  to: (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value)),
  from: (text: string | null) => (text === null ? null : (JSON.parse(text) as unknown)),
};

export const jsonColumn: ColumnOptions = { type: 'text', transformer: json };
export const optionalJsonColumn: ColumnOptions = { ...jsonColumn, nullable: true };
/** Text of plugins may contain anything; PostgreSQL accepts every character but NUL. */
const printable: ValueTransformer = {
  to: (text: unknown) => (typeof text === 'string' ? text.replaceAll('\0', '\uFFFD') : text),
  from: (text: unknown) => text,
};

export const textColumn: ColumnOptions = { type: 'text', transformer: printable };
export const optionalTextColumn: ColumnOptions = { ...textColumn, nullable: true };
export const keyColumn = { type: 'varchar', length: 64 } as const;
export const nameColumn = { type: 'varchar', length: 200 } as const;
/** ISO 8601 in UTC: sorts as text, the same in every database. */
export const timeColumn = { type: 'varchar', length: 30 } as const;
