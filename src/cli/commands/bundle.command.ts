import { Command } from 'nest-commander';
import { CommandGroup } from '../common/command-group';
import { BundleExportCommand } from './bundle-export.command';
import { BundleImportCommand } from './bundle-import.command';
import { BundleVerifyCommand } from './bundle-verify.command';
import { summaryOf } from './summaries';

@Command({
  ...summaryOf('bundle'),
  subCommands: [BundleExportCommand, BundleImportCommand, BundleVerifyCommand],
})
export class BundleCommand extends CommandGroup {}
