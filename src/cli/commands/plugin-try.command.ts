import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option, SubCommand } from 'nest-commander';
import { ExecutionModule } from '../../host/execution/execution.module';
import { PlanningModule } from '../../host/planning/planning.module';
import { PlanningService, type PlannedBenchmark } from '../../host/planning/planning.service';
import { describePlugins } from '../../host/planning/plan-in-child';
import { readBenchmark } from '../../host/benchmark/read';
import { locatePlugins } from '../../core/catalog/locate';
import type { PluginLocation } from '../../core/catalog/discover';
import { nearestTrial } from '../../host/conformance/closest-built-in';
import { compareTrials, type TryResult, verdictOf, writeTrial } from '../../host/conformance/try-plugin';
import { RethinkError } from '../../contract';
import { ExecutionService } from '../../host/execution/execution.service';
import { TerminalListener } from '../terminal/terminal.listener';
import { flopsUnit } from '../../core/text/units';
import { formatP } from '../../statistics/claims/format-claims';
import { packageFolder } from '../../core/files/package-folder';
import type { Configuration } from '../common/configuration';
import { exitCodes } from '../terminal/exit-codes';
import { Interruption } from '../common/interruption';
import { formatInterval, signedPercent } from '../format/format-intervals';
import { print, printJson, log } from '../terminal/output';
import { planWithStatus } from '../common/plan-with-status';
import { pluginRoots } from '../common/plugin-roots';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { table } from '../terminal/table';
import { percent } from '../format/trial-table';
import { runSettings } from '../../host/planning/run-settings';
import { Workspace } from '../../core/artifact/workspace';

interface TryOptions extends CommonOptions {
  against?: string;
  benchmark?: string;
  seeds?: number;
  options?: object;
  control?: boolean;
  backend?: string;
  slots?: string;
}

/** With fewer, nothing is known of the noise between seeds. */
const DEFAULT_SEEDS = 3;

@SubCommand({
  name: 'try',
  arguments: '<plugin>',
  description: 'does it help? a paired comparison with the nearest built-in on the smallest benchmark',
})
export class PluginTryCommand extends RethinkCommand<TryOptions> {
  static override readonly imports = [PlanningModule, ExecutionModule];
  protected override readonly examples = [
    'plugin try plugins/strategy/my-idea',
    'plugin try plugins/augmentation/my-idea --against s4 --seeds 5',
    'plugin try strategy/self-training --options \'{ "scoreThreshold": 0.3 }\' --json',
  ];

  constructor(
    private readonly benchmarks: PlanningService,
    private readonly execution: ExecutionService,
  ) {
    super();
  }

  protected async execute([target, extra]: string[], options: TryOptions): Promise<number> {
    const { seeds = DEFAULT_SEEDS } = options;
    checkUsage(target, extra, seeds);
    const configuration = this.configuration;
    const { plugins, roots } = locatePlugins(target!, pluginRoots(configuration), process.cwd());
    const [plugin, other] = plugins as [PluginLocation, PluginLocation?];
    if (other !== undefined) {
      throw new RethinkError('USAGE', `${target} holds ${plugins.length} plugins; try one at a time`, {
        hint: `name its folder: ${plugins.map(({ folder }) => folder).join(', ')}`,
      });
    }
    // Runs of their own: trying leaves no row on the leaderboard.
    const workspace = new Workspace(configuration.workspace).tryRun;
    mkdirSync(workspace, { recursive: true });
    const scratch = mkdtempSync(join(workspace, 'plan-'));
    try {
      const planned = await this.planTrial(plugin, roots, scratch, configuration, options);
      const summary = await this.runStages(planned, workspace, configuration);
      if (summary.cancelled) {
        log('Stopped. The same command goes on from here.');
        return exitCodes.interrupted;
      }
      const [failed] = summary.failed;
      if (failed !== undefined) {
        const { stage, failure } = failed;
        throw new RethinkError('TRY_FAILED', `stage "${stage.label}" failed: ${failure.message}`, {
          hint: `the log: ${failure.logFile}`,
        });
      }
      const truth = planned.prepared.validation.location.annotations!;
      const result = compareTrials(planned.plan, workspace, truth, plugin.kind, plugin.name);
      if (options.json === true) printJson({ plugin: plugin.name, kind: plugin.kind, ...answer(result) });
      else print(format(plugin, result, seeds));
      return exitCodes.ok;
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  private async planTrial(
    plugin: PluginLocation,
    roots: readonly string[],
    scratch: string,
    configuration: Configuration,
    options: TryOptions,
  ): Promise<PlannedBenchmark> {
    const { kind, name } = plugin;
    const file = resolve(options.benchmark ?? join(packageFolder, 'benchmarks', 'quickstart.yaml'));
    const { benchmark } = readBenchmark(file);
    const own = options.options === undefined ? name : { use: name, options: options.options };
    const request = { file, benchmark, kind, seeds: options.seeds ?? DEFAULT_SEEDS };
    const plan = (path: string) =>
      planWithStatus(
        this.benchmarks,
        path,
        {},
        // The configuration's plugins are among the roots already.
        { ...configuration, plugins: roots.slice() },
        this.logger,
      );
    const against =
      options.against ??
      (await this.nearest(plugin, roots, (entries) =>
        plan(writeTrial(scratch, { ...request, entries: [own, ...entries], seeds: 1, control: false })),
      ));
    log(`against ${kind} "${against}"`);
    const control = kind === 'strategy' && options.control !== false;
    const planned = await plan(writeTrial(scratch, { ...request, entries: [own, against], control }));
    const skipped = planned.plan.trials.find((trial) => trial.skipped !== undefined);
    if (skipped?.skipped !== undefined) {
      throw new RethinkError(skipped.skipped.code, `${skipped.axes[kind]}: ${skipped.skipped.reason}`, {
        hint: 'rethink plugin check says more',
      });
    }
    return planned;
  }

  /** Augmentations by their strength; all else by what is planned. */
  private async nearest(
    { kind, name }: PluginLocation,
    roots: readonly string[],
    plan: (entries: readonly string[]) => Promise<PlannedBenchmark>,
  ): Promise<string> {
    const found = (await describePlugins(roots, this.logger)).filter((plugin) => plugin.kind === kind);
    const own = found.find((plugin) => plugin.name === name);
    const builtIn = join(packageFolder, 'plugins');
    const others = found.filter(
      (plugin) => plugin.name !== name && plugin.status === 'ok' && plugin.folder.startsWith(builtIn),
    );
    if (kind !== 'augmentation') {
      const { plan: planned } = await plan(others.map((plugin) => plugin.name));
      const nearest = nearestTrial(planned, kind, name);
      if (nearest !== undefined) return nearest.axes[kind];
      const reason = planned.trials.find(({ axes }) => axes[kind] === name)?.skipped?.reason;
      throw new RethinkError('TRY_NO_PLAN', reason ?? 'the plugin plans no trial', {
        hint: 'rethink plugin check says more',
      });
    }
    const strength = (plugin: (typeof found)[number] | undefined) =>
      plugin?.status === 'ok' ? (plugin.strength ?? 0) : 0;
    const distance = (plugin: (typeof found)[number]) => Math.abs(strength(plugin) - strength(own));
    return others.sort((a, b) => distance(a) - distance(b) || strength(a) - strength(b))[0]!.name;
  }

  private async runStages(planned: PlannedBenchmark, workspace: string, { slots }: Configuration) {
    const { plan } = planned;
    const interruption = new Interruption();
    try {
      return await this.execution.run(plan, {
        ...runSettings(planned),
        workspace,
        slots,
        listeners: [new TerminalListener(process.stderr)],
        signal: interruption.stop,
        killSignal: interruption.kill,
        command: 'plugin try',
      });
    } finally {
      interruption.release();
    }
  }

  @Option({
    flags: '--against <name>',
    description: 'plugin to compare with (default: the nearest built-in)',
  })
  parseAgainst(value: string): string {
    return value;
  }

  @Option({ flags: '--benchmark <file>', description: 'benchmark to try on (default: the quickstart)' })
  parseBenchmark(value: string): string {
    return value;
  }

  @Option({ flags: '--seeds <count>', description: `seeds of each (default: ${DEFAULT_SEEDS})` })
  parseSeeds(value: string): number {
    return Number(value);
  }

  @Option({ flags: '--options <json>', description: 'options of the plugin, as JSON' })
  parseOptions(value: string): object {
    try {
      const parsed: unknown = JSON.parse(value);
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
    } catch {
      // Said below.
    }
    throw new RethinkError('USAGE', '--options wants a JSON object', {
      hint: `for instance '{ "rounds": 3 }'`,
    });
  }

  @Option({
    flags: '--no-control',
    description: 'leave out supervised training with the compute of the strategy',
  })
  parseControl(): boolean {
    return false;
  }

  @Option({ flags: '--backend <name>', description: 'tensor engine: tensorflow (default), webgpu or cpu' })
  parseBackend(value: string): string {
    return value;
  }

  @Option({ flags: '--slots <count>', description: 'stages at once; by default one for each core or GPU' })
  parseSlots(value: string): string {
    return value;
  }
}

function checkUsage(target: string | undefined, extra: string | undefined, seeds: number): void {
  if (target === undefined || extra !== undefined) {
    throw new RethinkError('USAGE', 'name one plugin', {
      hint: 'for instance: plugin try plugins/strategy/my-idea',
    });
  }
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > 100) {
    throw new RethinkError('USAGE', '--seeds wants a whole number from 1 to 100');
  }
}

/** Differences of the plugin to each rival, positive where the plugin is better. */
function answer({ rows, comparison }: TryResult) {
  const tried = rows.find(({ part }) => part === 'plugin')!;
  const differences = rows
    .filter(({ part }) => part !== 'plugin')
    .map(({ name, part, flops }) => {
      const straight = comparison.pairs.find(({ first, second }) => first === tried.name && second === name);
      const turned = comparison.pairs.find(({ first, second }) => first === name && second === tried.name);
      const { difference, interval, p } = straight ?? {
        difference: -turned!.difference,
        interval: { low: -turned!.interval.high, high: -turned!.interval.low },
        p: turned!.p,
      };
      return {
        to: name,
        part,
        difference,
        interval,
        p,
        flopsRatio: tried.flops / flops,
        verdict: verdictOf(interval),
      };
    });
  const detectors = rows.map((row) => {
    const { score, scores, interval } = comparison.detectors.find(({ name }) => name === row.name)!;
    return { ...row, score, scores, interval };
  });
  return { detectors, differences, confidence: comparison.confidence };
}

const verdicts = { helps: 'yes', hurts: 'no: it hurts', undecided: 'not decided' } as const;

function format({ kind, name }: PluginLocation, result: TryResult, seeds: number): string {
  const { detectors, differences, confidence } = answer(result);
  const level = `${100 * confidence} %`;
  const unit = flopsUnit(detectors.map(({ flops }) => flops));
  const note = { plugin: '', against: '', control: 'supervised, same compute' } as const;
  return [
    '',
    table(
      [kind.toUpperCase(), 'AP', level, unit.label, ''],
      detectors.map((row) => [
        row.name,
        percent(row.score),
        formatInterval(row.interval),
        unit.format(row.flops),
        note[row.part],
      ]),
    ),
    '',
    table(
      ['DOES IT HELP?', 'AP', level, 'P', 'COMPUTE', ''],
      differences.map((row) => [
        `${name} − ${row.to}`,
        signedPercent(row.difference),
        formatInterval(row.interval),
        formatP(row.p),
        `× ${row.flopsRatio.toFixed(2)}`,
        verdicts[row.verdict],
      ]),
    ),
    '',
    seeds === 1
      ? `One seed: the noise between seeds is not in it; try --seeds ${DEFAULT_SEEDS}`
      : `Paired over images and ${seeds} seeds, on the smallest benchmark: a hint, not a claim.`,
  ].join('\n');
}
