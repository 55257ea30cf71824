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
  const sections = commandNames.flatMap((name) => {
    const [command, ...subCommands] = loadCommand(name);
    return [
      section(command!, name),
      ...subCommands.map((sub) => section(sub, `${name} ${metadataOf(sub).name}`)),
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

function section(type: CommandClass, name: string): string {
  const { arguments: positional = '', description = '' } = metadataOf(type);
  return [
    `## ${name}`,
    `\`rethink ${[name, positional].filter((part) => part !== '').join(' ')}\``,
    description,
    ...(type.flags.length === 0 ? [] : [optionTable(type.flags)]),
  ].join('\n\n');
}

function optionTable(options: readonly Flag[]): string {
  return table(
    ['option', ''],
    options.map(({ flags, description }) => [code(flags), description]),
  );
}
