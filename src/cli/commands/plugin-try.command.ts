import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SubCommand } from 'nest-commander';
import { RethinkError } from '../../contract';
import { Workspace } from '../../core/artifact/workspace';
import type { PluginLocation } from '../../core/catalog/discover';
import { locatePlugins } from '../../core/catalog/locate';
import { packageFolder } from '../../core/files/package-folder';
import { planComparison, summariseComparison } from '../../host/conformance/compare-plugin';
import { compareTrials } from '../../host/conformance/try-plugin';
import { ExecutionModule } from '../../host/execution/execution.module';
import { ExecutionService } from '../../host/execution/execution.service';
import { PlanningModule } from '../../host/planning/planning.module';
import { PlanningService, type PlannedBenchmark } from '../../host/planning/planning.service';
import { runSettings } from '../../host/planning/run-settings';
import { Interruption } from '../common/interruption';
import { requestedSlots } from '../common/machine-gpus';
import { planWithStatus } from '../common/plan-with-status';
import { pluginRoots } from '../common/plugin-roots';
import { flag, integer, machineFlags } from '../common/options';
import { type CommonOptions, RethinkCommand } from '../common/rethink-command';
import { formatComparison } from '../format/format-comparison';
import { exitCodes } from '../terminal/exit-codes';
import { log, print, printJson } from '../terminal/output';
import { TerminalListener } from '../terminal/terminal.listener';

interface TryOptions extends CommonOptions {
  against?: string;
  benchmark?: string;
  seeds?: number;
  options?: object;
  control?: boolean;
}

/** With fewer, the noise between seeds is unknown. */
const DEFAULT_SEEDS = 3;

function jsonObject(value: string, name: string): object {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Reported below.
  }
  throw new RethinkError('USAGE', `${name} must be a JSON object.`, {
    hint: `For example: '{ "rounds": 3 }'`,
  });
}

@SubCommand({
  name: 'try',
  arguments: '<plugin>',
  description:
    'compare a plugin with the closest built-in on the smallest benchmark, paired over images and seeds',
})
export class PluginTryCommand extends RethinkCommand<TryOptions> {
  static override readonly imports = [PlanningModule, ExecutionModule];

  static override readonly flags = [
    flag('--against <name>', 'plugin to compare with (default: the closest built-in)'),
    flag('--benchmark <file>', 'benchmark to run (default: the quickstart)'),
    flag('--seeds <count>', `number of seeds (default: ${DEFAULT_SEEDS})`, integer(1, 100)),
    flag('--options <json>', 'options of the plugin as JSON', jsonObject),
    flag('--no-control', 'skip supervised training with the compute of the strategy'),
    ...machineFlags,
  ];
  protected override readonly examples = [
    'plugin try plugins/strategy/my-idea',
    'plugin try plugins/augmentation/my-idea --against s4 --seeds 5',
    'plugin try strategy/self-training --options \'{ "scoreThreshold": 0.3 }\' --json',
  ];

  constructor(
    private readonly planning: PlanningService,
    private readonly execution: ExecutionService,
  ) {
    super();
  }

  protected async execute([target]: [string], options: TryOptions): Promise<number> {
    const { seeds = DEFAULT_SEEDS } = options;
    const { plugin, roots } = this.locate(target);
    // A separate workspace: these trials never reach the leaderboard.
    const workspace = new Workspace(this.configuration.workspace).tryRun;
    mkdirSync(workspace, { recursive: true });
    const folder = mkdtempSync(join(workspace, 'plan-'));
    try {
      const planned = await planComparison({
        plugin,
        roots,
        file: resolve(options.benchmark ?? join(packageFolder, 'benchmarks', 'quickstart.yaml')),
        seeds,
        options: options.options,
        against: options.against,
        control: options.control !== false,
        folder,
        logger: this.logger,
        plan: (file) => this.plan(file, roots),
      });
      if (!(await this.runStages(planned, workspace))) return exitCodes.interrupted;
      const groundTruth = planned.prepared.validation.location.annotations!;
      const result = compareTrials(planned.plan, workspace, groundTruth, plugin.kind, plugin.name);
      const summary = summariseComparison(result);
      if (options.json === true) printJson({ plugin: plugin.name, kind: plugin.kind, ...summary });
      else print(formatComparison(plugin, summary, seeds));
      return exitCodes.ok;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private locate(target: string): { plugin: PluginLocation; roots: string[] } {
    const { plugins, roots } = locatePlugins(target, pluginRoots(this.configuration), process.cwd());
    if (plugins.length > 1) {
      throw new RethinkError('USAGE', `${target} has ${plugins.length} plugins; try one at a time.`, {
        hint: `Name its folder: ${plugins.map(({ folder }) => folder).join(', ')}`,
      });
    }
    return { plugin: plugins[0]!, roots: [...roots] };
  }

  private plan(file: string, plugins: string[]): Promise<PlannedBenchmark> {
    // The roots include the plugins of the configuration.
    return planWithStatus(
      this.planning,
      file,
      {},
      { ...this.configuration, plugins, executor: 'local' },
      this.logger,
    );
  }

  /** @returns whether the run ended; it was interrupted otherwise */
  private async runStages(planned: PlannedBenchmark, workspace: string): Promise<boolean> {
    const interruption = new Interruption();
    const { cancelled, failed } = await this.execution
      .run(planned.plan, {
        ...runSettings(planned),
        workspace,
        slots: requestedSlots(this.configuration, planned.gpus),
        listeners: [new TerminalListener(process.stderr)],
        signal: interruption.stop,
        killSignal: interruption.kill,
        command: 'plugin try',
      })
      .finally(() => interruption.release());
    if (cancelled) log('Stopped. Run the same command to resume.');
    else if (failed[0] !== undefined) {
      const { stage, failure } = failed[0];
      throw new RethinkError('TRY_FAILED', `Stage "${stage.label}" failed: ${failure.message}`, {
        hint: `See the log: ${failure.logFile}`,
      });
    }
    return !cancelled;
  }
}
