import {
  type AugmentationPlugin,
  type InitContext,
  type InitPlugin,
  type Logger,
  type PluginKind,
  RethinkError,
  type StrategyContext,
  type StrategyPlugin,
} from '../../contract';
import type { Catalog } from '../../core/catalog/catalog';
import { instantiatePlugin, parseOptions } from '../../core/catalog/instantiate';
import { firstLine } from '../../core/catalog/load';
import type { CheckpointIdentities } from '../../core/plan/checkpoint-identities';
import type { Interner } from '../../core/plan/interner';
import { MAX_CODE, MAX_TEXT } from '../../core/plan/limits';
import type { TrialAxes } from '../../core/plan/axes';
import type { DataSelection, PluginUse } from '../../core/plan/stage';
import { isAmong } from '../benchmark/cells';
import type { AxisEntry, Benchmark } from '../benchmark/spec';
import { plannedFlops, supervisedEntry } from './controls';
import { cachedCheckpoint } from './resolve-checkpoints';
import { planProbe, planScoring, type ScoreKeys } from './scoring';
import type { EngineIdentity } from './stage-key';
import { TrialContext } from './trial-context';
import { TrialPlanner } from './trial-planner';
import { plannedAugmentation, type PlanDataByRole, type TrialSetting } from './trial-setting';

export interface PlanTrialInput {
  readonly benchmark: Benchmark;
  readonly data: PlanDataByRole;
  readonly engine: EngineIdentity;
  readonly catalog: Catalog;
  readonly logger: Logger;
  /** Called with `<kind>/<name>` before a plugin's code runs, so that an observer can name a plugin that hangs. */
  readonly heartbeat?: (currentPlugin: string) => void;
  /** `<kind>/<name>` of plugins that hung or ended the process while planning → what happened. */
  readonly banned?: ReadonlyMap<string, string>;
  /** What is known of sources of weights; a trial that requires another one is skipped. */
  readonly checkpoints?: CheckpointIdentities;
  /** Collects the sources of weights that plugins name. */
  readonly requiredSources: Set<string>;
  /** Shared by all trials of the plan. */
  readonly interner: Interner;
}

export interface ScoredTrial extends ScoreKeys {
  readonly context: TrialContext;
  /** The stage that measures the initial weights in their own task; the trial does not wait for it. */
  readonly probeKey?: string;
}

export interface PlannedTrialStages extends ScoredTrial {
  /**
   * FLOPs of the stages that the strategy planned and that the detector depends on.
   *
   * @throws RethinkError `CONTROL_UNMATCHED` where they cannot be known beforehand
   */
  readonly strategyFlops: () => number;
}

/**
 * Plans one point of the matrix by asking its plugins.
 *
 * @throws RethinkError with the plugin's name, `PLUGIN_THREW` for what is not one
 */
export function planTrial(input: PlanTrialInput, axes: TrialAxes): PlannedTrialStages {
  const { data, engine, interner } = input;
  const benchmark = withSchedule(input.benchmark, axes);
  const init = loadAxis(input, benchmark, axes, 'init') as Loaded<InitPlugin>;
  const strategy = loadAxis(input, benchmark, axes, 'strategy') as Loaded<StrategyPlugin>;
  const augmentation = loadAxis(input, benchmark, axes, 'augmentation') as Loaded<AugmentationPlugin>;
  const setting: TrialSetting = {
    benchmark,
    axes,
    data,
    engine,
    augmentation: plannedAugmentation(augmentation.instance, augmentation.use),
    findAugmentation: (name: string, options: Readonly<Record<string, unknown>>) => {
      const { instance, use } = makePlugin(input, 'augmentation', name, options, 'options');
      return plannedAugmentation(instance as AugmentationPlugin, use);
    },
    currentPlugin: init.use,
    interner,
    checkpoint: (source: string) => cachedCheckpoint(source, input.checkpoints ?? {}, input.requiredSources),
  };
  const context = new TrialContext(setting);
  const forInit: InitContext = {
    stages: new TrialPlanner(context),
    data: context.data.handles,
    schedule: context.recipe.schedule,
    augmentation: context.addAugmentation(setting.augmentation),
  };
  const weights = blame(init.use, () => init.instance.plan(forInit));
  const initKeys = new Set(context.graph.stages.keys());
  setting.currentPlugin = strategy.use;
  input.heartbeat?.(`strategy/${strategy.use.name}`);
  const forStrategy: StrategyContext = { ...forInit, schedule: context.recipe.schedule, init: weights };
  const detector = blame(strategy.use, () => strategy.instance.plan(forStrategy));
  const keys = blame(strategy.use, () => planScoring(context, detector));
  const scored = { context, ...keys, probeKey: planProbe(context, weights) };
  const strategyFlops = () => {
    const { stages } = context.graph;
    const detectorKey = stages.get(keys.detectKey)!.inputs['from']!;
    const own = context.graph.lineage(detectorKey).filter((key) => !initKeys.has(key));
    return plannedFlops(own, { stages, images: (role) => data[role as DataSelection['role']]?.size });
  };
  return { ...scored, strategyFlops };
}

/** Why a trial is skipped, in one line. */
export function skipReason(error: unknown): { code: string; reason: string } {
  if (!(error instanceof RethinkError)) return { code: 'PLUGIN_THREW', reason: firstLine(error) };
  const { code, message, location, hint } = error;
  const position = location?.path === undefined ? '' : ` (${location.path})`;
  const reason = `${message.replace(/\.$/, '')}${position}.${hint === undefined ? '' : ` ${hint}`}`;
  return { code: code.slice(0, MAX_CODE), reason: reason.slice(0, MAX_TEXT) };
}

/** A benchmark with the schedule of a point of its matrix. */
function withSchedule(benchmark: Benchmark, axes: TrialAxes): Benchmark {
  const found = benchmark.schedules.filter(({ where }) => isAmong(axes, [where])).at(-1);
  if (found === undefined) return benchmark;
  const { where: _, ...change } = found;
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...benchmark, schedule: { ...benchmark.schedule, ...given } };
}

/** Names the plugin in what it threw, so that the reason of a skipped trial says which plugin to fix. */
function blame<T>(use: PluginUse, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const plugin = pluginName(use.kind, use.name);
    if (error instanceof RethinkError) {
      const { code, message, location, hint } = error;
      throw new RethinkError(code, `${plugin}: ${message}`, { location, hint, cause: error });
    }
    throw new RethinkError('PLUGIN_THREW', `${plugin} threw: ${firstLine(error)}`, { cause: error });
  }
}

function pluginName(kind: PluginKind, name: string): string {
  return `${kind[0]!.toUpperCase()}${kind.slice(1)} "${name}"`;
}

interface Loaded<Plugin> {
  readonly instance: Plugin;
  readonly use: PluginUse;
}

function loadAxis(
  input: PlanTrialInput,
  benchmark: Benchmark,
  axes: TrialAxes,
  kind: PluginKind,
): Loaded<object> {
  const entries: readonly AxisEntry[] = benchmark.axes[kind];
  const index = entries.findIndex(({ name }) => name === axes[kind]);
  // A control may be supervised where the axis is not.
  const { use, options } = entries[index] ?? supervisedEntry(benchmark);
  return makePlugin(input, kind, use, options, `axes.${kind}[${index}].options`);
}

/** @param path of the options in the benchmark file */
function makePlugin(
  { banned, catalog, heartbeat, interner, logger }: PlanTrialInput,
  kind: PluginKind,
  name: string,
  given: Readonly<Record<string, unknown>>,
  path: string,
): Loaded<object> {
  const reason = banned?.get(`${kind}/${name}`);
  if (reason !== undefined) throw new RethinkError('PLUGIN_BANNED', `${pluginName(kind, name)} ${reason}.`);
  heartbeat?.(`${kind}/${name}`);
  const { plugin, codeDigest } = catalog.find(kind, name);
  return {
    instance: instantiatePlugin(plugin, parseOptions(plugin, given, path), { logger }),
    // Parsed again: a plugin may change the options that it was given.
    use: interner.get(`${kind}/${name} ${JSON.stringify(given)}`, () => ({
      kind,
      name,
      options: parseOptions(plugin, given, path),
      codeDigest,
    })),
  };
}
