import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { CommandMeta, OptionMeta, SubCommandMeta } from 'nest-commander/src/constants';
import { commandNames, loadCommand } from '../../src/cli/load-command';
import { exitCodes } from '../../src/cli/terminal/exit-codes';
import { code, page, table } from './markdown';

interface CommandMetadata {
  readonly name: string;
  readonly arguments?: string;
  readonly description?: string;
}
interface OptionMetadata {
  readonly flags: string;
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
    'In the repository: `npm run -s rethink -- <command>`; in a project that depends on this package: `npx rethink <command>`.',
    ...sections,
    '## Exit codes',
    table(['code', 'meaning'], codes),
  );
}

function metadataOf(type: Type): CommandMetadata {
  return (Reflect.getMetadata(CommandMeta, type) ??
    Reflect.getMetadata(SubCommandMeta, type)) as CommandMetadata;
}

function section(type: Type, name: string): string {
  const { arguments: positional = '', description = '' } = metadataOf(type);
  const options = optionsOf(type).map(({ flags, description: text = '' }) => [code(flags), text]);
  return [
    `## ${name}`,
    `\`rethink ${[name, positional].filter((part) => part !== '').join(' ')}\``,
    description,
    table(['option', ''], options),
  ].join('\n\n');
}

/** Options of the class, then of its base classes. */
function optionsOf(type: Type): OptionMetadata[] {
  const found = new Map<string, OptionMetadata>();
  for (
    let prototype = type.prototype as object;
    prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object
  ) {
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof descriptor.value !== 'function') continue;
      const option = Reflect.getMetadata(OptionMeta, descriptor.value as object) as
        OptionMetadata | undefined;
      if (option !== undefined && !found.has(option.flags)) found.set(option.flags, option);
    }
  }
  return [...found.values()];
}
