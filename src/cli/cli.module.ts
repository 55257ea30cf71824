import { Module } from '@nestjs/common';
import { BenchmarkModule } from '../benchmark/benchmark.module';
import { ExecutionModule } from '../execution/execution.module';
import { DataCheckCommand } from './commands/data-check.command';
import { DataCocoCommand } from './commands/data-coco.command';
import { DataImageFolderCommand } from './commands/data-imagefolder.command';
import { CalibrateCommand } from './commands/calibrate.command';
import { BenchCommand, BenchInferenceCommand, BenchTrainingCommand } from './commands/bench.command';
import { CostCommand } from './commands/cost.command';
import { CompareCommand } from './commands/compare.command';
import { RankCommand } from './commands/rank.command';
import { ClaimsCommand } from './commands/claims.command';
import { DataCommand, DataPrepareCommand } from './commands/data.command';
import { DoctorCommand } from './commands/doctor.command';
import { EffectsCommand } from './commands/effects.command';
import { EvaluateCommand } from './commands/evaluate.command';
import { PlanCommand } from './commands/plan.command';
import { PluginCommand, PluginListCommand } from './commands/plugin.command';
import { ReportCommand } from './commands/report.command';
import { RunCommand } from './commands/run.command';
import { ServeCommand } from './commands/serve.command';
import { StatusCommand } from './commands/status.command';
import { ProgramName } from './program-name';
import { ReportAccess } from './report-access';
import { ResultsAccess } from './results-access';

@Module({
  imports: [BenchmarkModule, ExecutionModule],
  providers: [
    ProgramName,
    ResultsAccess,
    ReportAccess,
    PlanCommand,
    CalibrateCommand,
    RunCommand,
    StatusCommand,
    CostCommand,
    ReportCommand,
    ServeCommand,
    DoctorCommand,
    DataCommand,
    DataPrepareCommand,
    DataCheckCommand,
    DataCocoCommand,
    DataImageFolderCommand,
    EvaluateCommand,
    CompareCommand,
    RankCommand,
    EffectsCommand,
    ClaimsCommand,
    BenchCommand,
    BenchTrainingCommand,
    BenchInferenceCommand,
    PluginCommand,
    PluginListCommand,
  ],
})
export class CliModule {}
