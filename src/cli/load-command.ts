import type { Type } from '@nestjs/common';
import { type CommandName, summaries } from './commands/summaries';
import type { RethinkCommand } from './common/rethink-command';

export type CommandClass = Type<RethinkCommand> & Pick<typeof RethinkCommand, 'imports' | 'flags'>;

export const commandNames = Object.keys(summaries) as readonly CommandName[];

/** The command that a command line calls or asks help for; `undefined` if it names none. */
export function calledCommand(args: readonly string[]): CommandName | undefined {
  const word = args.find((arg) => !arg.startsWith('-') && arg !== 'help');
  return commandNames.find((name) => name === word);
}

/** The class of a command, followed by those of its subcommands. */
export function loadCommand(name: CommandName): readonly CommandClass[] {
  const { CommandMeta } =
    require('nest-commander/src/constants') as typeof import('nest-commander/src/constants');
  const exported = require(`./commands/${name}.command`) as Readonly<Record<string, CommandClass>>;
  const command = Object.values(exported).find((each) => Reflect.hasMetadata(CommandMeta, each))!;
  const { subCommands = [] } = Reflect.getMetadata(CommandMeta, command) as { subCommands?: CommandClass[] };
  return [command, ...subCommands];
}
