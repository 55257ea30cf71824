import { RethinkError } from '../../contract';
import { suggest } from '../../core/text/did-you-mean';
import { RethinkCommand } from './rethink-command';

/** A command that only has subcommands. */
export abstract class CommandGroup extends RethinkCommand {
  protected override readonly allowExcessArguments = true;

  /** @throws RethinkError `USAGE` */
  protected execute([word]: string[]): Promise<void> {
    if (word === undefined) return this.command.help();
    const names = this.command.commands.map((command) => command.name());
    throw new RethinkError('USAGE', `Unknown command "${this.command.name()} ${word}".`, {
      hint: suggest(word, names),
    });
  }
}
