import type { Type } from '@nestjs/common';

const benchmarkModule = () =>
  (require('../host/planning/planning.module') as typeof import('../host/planning/planning.module'))
    .PlanningModule;
const executionModule = () =>
  (require('../host/execution/execution.module') as typeof import('../host/execution/execution.module'))
    .ExecutionModule;

/** Command → the modules whose services its class or its subcommands ask for; the others start faster without them. */
const modulesByName: Readonly<Record<string, () => readonly Type[]>> = {
  plan: () => [benchmarkModule()],
  calibrate: () => [benchmarkModule()],
  run: () => [benchmarkModule(), executionModule()],
  plugin: () => [benchmarkModule(), executionModule()],
};

/** Command → its class and those of its subcommands. Each loads what it needs, which takes up to a second. */
const byName: Readonly<Record<string, () => readonly Type[]>> = {
  doctor: () => [
    (require('./commands/doctor.command') as typeof import('./commands/doctor.command')).DoctorCommand,
  ],
  plan: () => [(require('./commands/plan.command') as typeof import('./commands/plan.command')).PlanCommand],
  calibrate: () => [
    (require('./commands/calibrate.command') as typeof import('./commands/calibrate.command'))
      .CalibrateCommand,
  ],
  run: () => [(require('./commands/run.command') as typeof import('./commands/run.command')).RunCommand],
  status: () => [
    (require('./commands/status.command') as typeof import('./commands/status.command')).StatusCommand,
  ],
  cost: () => [(require('./commands/cost.command') as typeof import('./commands/cost.command')).CostCommand],
  rank: () => [(require('./commands/rank.command') as typeof import('./commands/rank.command')).RankCommand],
  report: () => [
    (require('./commands/report.command') as typeof import('./commands/report.command')).ReportCommand,
  ],
  publish: () => [
    (require('./commands/publish.command') as typeof import('./commands/publish.command')).PublishCommand,
  ],
  backup: () => [
    (require('./commands/backup.command') as typeof import('./commands/backup.command')).BackupCommand,
  ],
  serve: () => [
    (require('./commands/serve.command') as typeof import('./commands/serve.command')).ServeCommand,
  ],
  evaluate: () => [
    (require('./commands/evaluate.command') as typeof import('./commands/evaluate.command')).EvaluateCommand,
  ],
  compare: () => [
    (require('./commands/compare.command') as typeof import('./commands/compare.command')).CompareCommand,
  ],
  effects: () => [
    (require('./commands/effects.command') as typeof import('./commands/effects.command')).EffectsCommand,
  ],
  claims: () => [
    (require('./commands/claims.command') as typeof import('./commands/claims.command')).ClaimsCommand,
  ],
  bench: () => {
    const bench = require('./commands/bench.command') as typeof import('./commands/bench.command');
    return [bench.BenchCommand, ...bench.benchSubcommands];
  },
  bundle: () => {
    const bundle = require('./commands/bundle.command') as typeof import('./commands/bundle.command');
    return [bundle.BundleCommand, ...bundle.bundleSubcommands];
  },
  data: () => {
    const data = require('./commands/data.command') as typeof import('./commands/data.command');
    return [data.DataCommand, ...data.dataSubcommands];
  },
  plugin: () => {
    const plugin = require('./commands/plugin.command') as typeof import('./commands/plugin.command');
    return [plugin.PluginCommand, ...plugin.pluginSubcommands];
  },
};

/** The classes of the command that a command line names; of all where it names none, for help and did-you-mean. */
export function commandClasses(words: readonly string[]): readonly Type[] {
  return namesOf(words).flatMap((name) => byName[name]!());
}

/** The modules whose services these classes ask for. */
export function commandModules(words: readonly string[]): readonly Type[] {
  return [...new Set(namesOf(words).flatMap((name) => modulesByName[name]?.() ?? []))];
}

function namesOf([first]: readonly string[]): readonly string[] {
  return first !== undefined && Object.hasOwn(byName, first) ? [first] : Object.keys(byName);
}
