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
    const parts = plugins.filter((plugin) => plugin.kind === kind).map(section);
    return [`## ${titles[kind]}`, ...parts].join('\n\n');
  });
  return page(
    'Built-in plugins',
    'The plugins that a benchmark file can name, with their options.',
    ...sections,
  );
}

function section(plugin: ReturnType<typeof describeEntry>): string {
  if (plugin.status === 'broken') throw new Error(`${plugin.name}: ${plugin.reason}`);
  const { kind, name, description, source, options } = plugin;
  const rows = options.map((option) => [
    code(option.name),
    option.type,
    valueOrDash(option.default),
    option.description ?? '',
  ]);
  return [
    `### ${name}`,
    `${description}${source === undefined ? '' : ` (${source})`} [More](../../plugins/${kind}/${name}/README.md)`,
    ...(rows.length === 0 ? [] : [table(['option', 'type', 'default', 'meaning'], rows)]),
  ].join('\n\n');
}
