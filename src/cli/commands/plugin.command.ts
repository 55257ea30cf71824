import { Command } from 'nest-commander';
import { RethinkCommand } from '../access/rethink-command';
import { PluginCheckCommand } from './plugin-check.command';
import { PluginListCommand } from './plugin-list.command';
import { PluginNewCommand } from './plugin-new.command';
import { PluginTryCommand } from './plugin-try.command';

export const pluginSubcommands = [PluginNewCommand, PluginCheckCommand, PluginTryCommand, PluginListCommand];

@Command({
  name: 'plugin',
  description: 'make, check, try and list plugins',
  subCommands: pluginSubcommands,
})
export class PluginCommand extends RethinkCommand {
  protected execute(): Promise<void> {
    this.command.help();
  }
}
