import { join } from 'node:path';
import { Catalog } from '../../src/core/catalog/catalog';
import { describeEntry } from '../../src/core/catalog/describe';
import { pluginKinds } from '../../src/contract';
import { code, page, table, valueOrDash } from './markdown';

const root = join(__dirname, '..', '..', 'plugins');
const titles = { init: 'Init', augmentation: 'Augmentation', strategy: 'Strategy' } as const;

/** Built-in plugins with their options. */
export function pluginsPage(): string {
  const plugins = new Catalog([root]).list().map((entry) => describeEntry(entry));
  const sections = pluginKinds.map((kind) => {
    const own = plugins.filter((plugin) => plugin.kind === kind);
    const shared = sharedRows(own);
    const parts = own.map((plugin) => section(plugin, shared));
    const lead = shared.size === 0 ? [] : ['Options of several plugins:', optionTable([...shared.values()])];
    return [`## ${titles[kind]}`, ...lead, ...parts].join('\n\n');
  });
  return page(
    'Built-in plugins',
    'The plugins that a benchmark file can name, with their options.',
    ...sections,
  );
}

type Plugin = ReturnType<typeof describeEntry>;
type Row = readonly string[];

function rowsOf(plugin: Plugin): Row[] {
  if (plugin.status === 'broken') throw new Error(`${plugin.name}: ${plugin.reason}`);
  return plugin.options.map((option) => [
    code(option.name),
    option.type,
    valueOrDash(option.default),
    option.description ?? '',
  ]);
}

/** Options that at least three plugins have, with the same default: they are described once. */
function sharedRows(plugins: readonly Plugin[]): Map<string, Row> {
  const counts = new Map<string, { row: Row; count: number }>();
  for (const row of plugins.flatMap(rowsOf)) {
    counts.set(row.join(), { row, count: (counts.get(row.join())?.count ?? 0) + 1 });
  }
  return new Map([...counts].filter(([, { count }]) => count >= 3).map(([key, { row }]) => [key, row]));
}

function section(plugin: Plugin, shared: ReadonlyMap<string, Row>): string {
  if (plugin.status === 'broken') throw new Error(`${plugin.name}: ${plugin.reason}`);
  const { kind, name, description, source } = plugin;
  const [common, own] = [true, false].map((is) =>
    rowsOf(plugin).filter((row) => shared.has(row.join()) === is),
  );
  return [
    `### ${name}`,
    `${description}${source === undefined ? '' : ` (${source})`} [More](../../plugins/${kind}/${name}/README.md)`,
    ...(common!.length === 0 ? [] : [`Shared options: ${common!.map(([option]) => option).join(', ')}.`]),
    ...(own!.length === 0 ? [] : [optionTable(own!)]),
  ].join('\n\n');
}

function optionTable(rows: readonly Row[]): string {
  return table(['option', 'type', 'default', 'meaning'], rows);
}
