import 'reflect-metadata';
import { CommandMeta, SubCommandMeta } from 'nest-commander/src/constants';
import { type CommandClass, commandNames, loadCommand } from '../../src/cli/load-command';
import { commonFlags } from '../../src/cli/common/rethink-command';
import type { Flag } from '../../src/cli/common/options';
import { exitCodes } from '../../src/cli/terminal/exit-codes';
import { code, page, table } from './markdown';

interface CommandMetadata {
  readonly name: string;
  readonly arguments?: string;
  readonly description?: string;
}

/** Every command with its options, from the metadata of the command classes. */
export function commandLinePage(): string {
  const shown = new Map<Flag, string>();
  const sections = commandNames.flatMap((name) => {
    const [command, ...subCommands] = loadCommand(name);
    return [
      section(command!, name, shown),
      ...subCommands.map((sub) => section(sub, `${name} ${metadataOf(sub).name}`, shown)),
    ];
  });
  const codes = Object.entries(exitCodes).map(([name, value]) => [String(value), name]);
  return page(
    'The command line',
    'In the repository: `npm run -s rethink -- <command>`; in a project that depends on this package: `npx rethink <command>`. Every command also takes:',
    optionTable(commonFlags),
    ...sections,
    '## Exit codes',
    table(['code', 'meaning'], codes),
  );
}

function metadataOf(type: CommandClass): CommandMetadata {
  return (Reflect.getMetadata(CommandMeta, type) ??
    Reflect.getMetadata(SubCommandMeta, type)) as CommandMetadata;
}

/** @param shown the command that described an option first: others that share it only name it */
function section(type: CommandClass, name: string, shown: Map<Flag, string>): string {
  const { arguments: positional = '', description = '' } = metadataOf(type);
  const own = type.flags.filter((option) => !shown.has(option));
  const shared = type.flags.filter((option) => shown.has(option));
  for (const option of own) shown.set(option, name);
  const names = shared.map((option) => {
    const first = shown.get(option)!;
    return `[${code(option.flags.split(' ')[0]!)}](#${first.replaceAll(' ', '-')})`;
  });
  return [
    `## ${name}`,
    `\`rethink ${[name, positional].filter((part) => part !== '').join(' ')}\``,
    description,
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(names.length === 0 ? [] : [`Shared options: ${names.join(', ')}.`]),
  ].join('\n\n');
}

function optionTable(options: readonly Flag[]): string {
  return table(
    ['option', ''],
    options.map(({ flags, description }) => [code(flags), description]),
  );
}
