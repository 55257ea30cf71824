import { Command } from 'nest-commander';
import { RethinkCommand } from '../common/rethink-command';
import { BundleExportCommand } from './bundle-export.command';
import { BundleImportCommand } from './bundle-import.command';
import { BundleVerifyCommand } from './bundle-verify.command';
import { summaryOf } from './summaries';

@Command({
  ...summaryOf('bundle'),
  subCommands: [BundleExportCommand, BundleImportCommand, BundleVerifyCommand],
})
export class BundleCommand extends RethinkCommand {
  protected execute(): Promise<void> {
    this.command.help();
  }
}
