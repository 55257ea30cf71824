import { benchmarkJsonSchema } from '../../src/host/benchmark/spec';
import { code, page, table, valueOrDash } from './markdown';

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Keys of benchmark files with type, default and meaning. */
export function benchmarkPage(): string {
  const { properties = {} } = benchmarkJsonSchema() as Schema;
  const rows = Object.entries(properties).map(([name, schema]) => [name, rowsOf(name, schema)] as const);
  const general = rows.filter(([, { length }]) => length === 1).flatMap(([, [row]]) => [row!]);
  const sections = rows.filter(([, { length }]) => length > 1);
  return page(
    'Benchmark files',
    'The keys of a benchmark file. Editors complete and check them by `benchmarks/benchmark.schema.json`: begin a file with `# yaml-language-server: $schema=benchmark.schema.json`.',
    keys(general),
    ...sections.map(([name, inner]) => `## ${name}\n\n${keys(inner)}`),
  );
}

function keys(rows: readonly (readonly string[])[]): string {
  return table(['key', 'type', 'default', 'meaning'], rows);
}

function rowsOf(path: string, schema: Schema): string[][] {
  const row = [code(path), typeOf(schema), valueOrDash(schema.default), schema.description ?? ''];
  const inner = alternatives(schema).flatMap(({ properties = {}, items }) => [
    ...Object.entries(properties).flatMap(([name, child]) => rowsOf(`${path}.${name}`, child)),
    // The type of a list names that of its entries; only what they contain follows.
    ...(items === undefined ? [] : rowsOf(`${path}[]`, items).slice(1)),
  ]);
  const seen = new Set([row.join()]);
  // Alternatives share keys.
  return [row, ...inner.filter((cells) => !seen.has(cells.join()) && seen.add(cells.join()))];
}

function alternatives(schema: Schema): Schema[] {
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...choices.flatMap(alternatives)];
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (choices.length > 0) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.type === 'array') return schema.items === undefined ? 'list' : `list of ${typeOf(schema.items)}`;
  const names = [schema.type ?? 'any'].flat().join(' or ');
  return `${names}${boundsOf(schema)}`;
}

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const unbounded = (value: number | undefined) =>
    value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER;
  const bounds = [
    unbounded(minimum) ? undefined : `≥ ${minimum}`,
    unbounded(exclusiveMinimum) ? undefined : `> ${exclusiveMinimum}`,
    unbounded(maximum) ? undefined : `≤ ${maximum}`,
    unbounded(exclusiveMaximum) ? undefined : `< ${exclusiveMaximum}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}
