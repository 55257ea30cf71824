import { Module } from '@nestjs/common';
import { EvaluateCommand } from './commands/evaluate.command';
import { PluginCommand, PluginListCommand } from './commands/plugin.command';

import { ProgramName } from './program-name';

@Module({ providers: [ProgramName, EvaluateCommand, PluginCommand, PluginListCommand] })
export class CliModule {}
