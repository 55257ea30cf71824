import { Command } from 'nest-commander';
import { RethinkCommand } from '../common/rethink-command';
import { PluginCheckCommand } from './plugin-check.command';
import { PluginListCommand } from './plugin-list.command';
import { PluginNewCommand } from './plugin-new.command';
import { PluginTryCommand } from './plugin-try.command';
import { summaryOf } from './summaries';

@Command({
  ...summaryOf('plugin'),
  subCommands: [PluginNewCommand, PluginCheckCommand, PluginTryCommand, PluginListCommand],
})
export class PluginCommand extends RethinkCommand {
  protected execute(): Promise<void> {
    this.command.help();
  }
}
