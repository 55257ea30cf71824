import { Command } from 'nest-commander';
import { CommandGroup } from '../common/command-group';
import { PluginCheckCommand } from './plugin-check.command';
import { PluginListCommand } from './plugin-list.command';
import { PluginNewCommand } from './plugin-new.command';
import { PluginTryCommand } from './plugin-try.command';
import { summaryOf } from './summaries';

@Command({
  ...summaryOf('plugin'),
  subCommands: [PluginNewCommand, PluginCheckCommand, PluginTryCommand, PluginListCommand],
})
export class PluginCommand extends CommandGroup {}
