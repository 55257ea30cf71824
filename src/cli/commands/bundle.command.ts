import { Command } from 'nest-commander';
import { RethinkCommand } from '../access/rethink-command';
import { BundleExportCommand } from './bundle-export.command';
import { BundleImportCommand } from './bundle-import.command';
import { BundleVerifyCommand } from './bundle-verify.command';

export const bundleSubcommands = [BundleExportCommand, BundleImportCommand, BundleVerifyCommand] as const;

@Command({
  name: 'bundle',
  description: 'hand results to others, and take theirs',
  subCommands: [...bundleSubcommands],
})
export class BundleCommand extends RethinkCommand {
  protected execute(): Promise<void> {
    this.command.help();
  }
}
