import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** What a query gives under a name: text or a whole number by an expression, or a real number. */
export type SelectedColumn = string | { readonly real: string };

/**
 * Reads all rows of a query as one long JSON text: SQLite's driver takes longer to hand over a row than SQLite to find
 * hundreds of them.
 */
export async function rowsAsText<Row extends object, Entity extends ObjectLiteral>(
  manager: EntityManager,
  query: SelectQueryBuilder<Entity>,
  columns: Readonly<Record<keyof Row & string, SelectedColumn>>,
): Promise<Row[]> {
  const isPostgres = manager.connection.options.type === 'postgres';
  const [list, all] = isPostgres ? ['json_build_array', 'json_agg'] : ['json_array', 'json_group_array'];
  const named = Object.entries<SelectedColumn>(columns).map(([name, column]) => ({
    name,
    // SQLite writes 15 digits of a real number into JSON, and a double has 17.
    isQuoted: typeof column !== 'string' && !isPostgres,
    expression: typeof column === 'string' ? column : column.real,
  }));
  const expressions = named.map(({ expression, isQuoted }) =>
    isQuoted
      ? `CASE WHEN ${expression} IS NULL THEN NULL ELSE printf('%!.17g', ${expression} ) END`
      : expression,
  );
  const found = await query
    .select(`CAST( ${all}(${list}( ${expressions.join(', ')} )) AS text)`, 'rows')
    .getRawOne<{ readonly rows: string | null }>();
  const rows = JSON.parse(found?.rows ?? '[]') as unknown[][];
  return rows.map((values) => {
    const row: Record<string, unknown> = {};
    named.forEach(({ name, isQuoted }, index) => {
      const value = values[index];
      row[name] = isQuoted && value !== null ? Number(value) : value;
    });
    return row as Row;
  });
}
