import {
  type AugmentationPlugin,
  type CustomStageRequest,
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
import { isAmong } from '../benchmark/cells';
import { knownCheckpoint } from './resolve-checkpoints';
import { controlName, type ControlSchedules, controlSchedules, planControl } from './controls';
import { trialId, trialsOf } from '../benchmark/matrix';
import type { Plan, PlannedTrial, TrialAxes } from '../../core/plan/plan';
import { select, type Selection } from '../benchmark/selectors';
import { Interner } from '../../core/plan/interner';
import type { AxisEntry, Benchmark } from '../benchmark/spec';
import type { DataSelection, PlannedStage, PluginUse } from '../../core/plan/stage';
import type { EngineIdentity } from './stage-key';
import { augmentationUse, type AugmentationUse, type PlanDataByRole, TrialPlanner } from './trial-planner';
import type { CheckpointIdentities } from '../../core/plan/checkpoint-identities';

export interface PlanInput {
  readonly file: string;
  readonly benchmark: Benchmark;
  readonly selection: Selection;
  readonly data: PlanDataByRole;
  readonly engine: EngineIdentity;
  readonly catalog: Catalog;
  readonly logger: Logger;
  /** Called before a plugin's code runs, so that somebody outside knows whom to blame for silence. */
  announce?(work: { trial: string; kind: PluginKind; plugin: string }): void;
  /** `<kind>/<name>` of plugins that hung or ended the process while planning → what happened. */
  readonly banned?: ReadonlyMap<string, string>;
  /** What sources of weights hold; a trial that names another one is skipped, and the source is in `wanted`. */
  readonly checkpoints?: CheckpointIdentities;
}

/** A plan with the code of the plugins' own stages, which only the process that planned can run. */
export interface PlanWithRuns {
  readonly plan: Plan;
  readonly customRuns: ReadonlyMap<string, CustomStageRequest['run']>;
  /** Sources of weights that the plugins named. */
  readonly wanted: ReadonlySet<string>;
}

/** Benchmark → trials → stages. A trial that can't be planned is skipped with its reason; the others are not touched. */
export function buildPlan(input: PlanInput): PlanWithRuns {
  const stages = new Map<string, PlannedStage>();
  const customRuns = new Map<string, CustomStageRequest['run']>();
  const wanted = new Set<string>();
  const trials = new TrialList();
  const parts = new Interner();
  const cells = new PlannedCells();
  input = { ...input, engine: parts.once('engine', () => ({ ...input.engine })) };
  const take = (planned: Scored, axes: TrialAxes): PlannedTrial => {
    const { planner, detectKey, evaluateKey, probeKey } = planned;
    const stageKeys = planner.lineage(evaluateKey);
    const points = planner.planCheckpoints(input.benchmark.evaluation.checkpoints, evaluateKey);
    const probe = probeKey === undefined ? [] : [probeKey];
    const scored = points.flatMap((point) => [point.detectKey, point.evaluateKey]);
    for (const key of [...stageKeys, ...scored, ...probe]) {
      if (!stages.has(key)) stages.set(key, planner.stages.get(key) as PlannedStage);
      const run = planner.customRuns.get(key);
      if (run !== undefined) customRuns.set(key, run);
    }
    return {
      id: trialId(axes),
      axes,
      stageKeys,
      detectKey,
      evaluateKey,
      ...(points.length > 0 && { checkpoints: points }),
    };
  };
  for (const axes of select(trialsOf(input.benchmark), input.selection)) {
    const id = trialId(axes);
    try {
      const planned = cells.plan(axes, () => planTrial(input, axes, id, wanted, parts));
      trials.push(take(planned, axes));
      addControl(trials, planned, axes, take);
    } catch (error) {
      if (isMistakeInFile(error)) throw error;
      trials.push({ id, axes, stageKeys: [], skipped: skipReason(error) });
    }
  }
  const { name, title, description } = input.benchmark;
  return {
    plan: {
      benchmark: { name, title, description, file: input.file, resolved: input.benchmark },
      trials: trials.all,
      stages: [...stages.values()],
      checkpointIdentities: input.checkpoints,
    },
    customRuns,
    wanted,
  };
}

/** Options that the benchmark file states wrongly stop the plan: skipping half of the matrix would hide a typing error. */
function isMistakeInFile(error: unknown): boolean {
  return (
    error instanceof RethinkError &&
    error.code === 'PLUGIN_OPTIONS' &&
    error.location?.path?.startsWith('axes.') === true
  );
}

function skipReason(error: unknown): { code: string; reason: string } {
  if (!(error instanceof RethinkError)) return { code: 'PLUGIN_THREW', reason: firstLine(error) };
  const place = error.location?.path === undefined ? '' : ` (${error.location.path})`;
  const hint = error.hint === undefined ? '' : ` – ${error.hint}`;
  return { code: error.code, reason: `${error.message}${place}${hint}` };
}

/** Trials that differ in their seeds alone: the first is planned, and the others have its stages with other seeds. */
class PlannedCells {
  private readonly planned = new Map<string, Planned>();

  /** @param plan called for the first seed, and for each where a plugin has stages of its own: it may do what it likes there */
  plan(axes: TrialAxes, plan: () => Planned): Planned {
    const cell = trialId({ ...axes, seed: 0 });
    const known = this.planned.get(cell);
    if (known !== undefined) return forSeed(known, axes.seed);
    const planned = plan();
    if (planned.planner.customRuns.size === 0) this.planned.set(cell, planned);
    return planned;
  }
}

function forSeed({ planner, probeKey, control, ...scored }: Planned, seed: number): Planned {
  const other = planner.forSeed(seed);
  const moved = ({ detectKey, evaluateKey }: ScoreKeys): ScoreKeys => ({
    detectKey: other.keys.get(detectKey)!,
    evaluateKey: other.keys.get(evaluateKey)!,
  });
  return {
    planner: other.planner,
    ...moved(scored),
    ...(probeKey !== undefined && { probeKey: other.keys.get(probeKey)! }),
    control: control === undefined || 'skipped' in control ? control : { ...control, ...moved(control) },
  };
}

/** Adds the control that a trial has to beat, or what it is the control of where another trial has brought it already. */
function addControl(
  trials: TrialList,
  { planner, control }: Planned,
  axes: TrialAxes,
  take: (planned: Scored, axes: TrialAxes) => PlannedTrial,
): void {
  const { strategy } = axes;
  if (control === undefined) return;
  if ('skipped' in control) {
    const other = { ...axes, strategy: `control-of-${strategy}` };
    const { skipped } = control;
    const skippedControl = { of: [strategy], schedules: [] };
    trials.push({ id: trialId(other), axes: other, stageKeys: [], skipped, control: skippedControl });
    return;
  }
  const { schedules, ...scored } = control;
  const { place, name } = placeOfControl(trials, axes, controlName(schedules), scored.evaluateKey);
  const same = place === undefined ? undefined : trials.all[place];
  const of = [...(same?.control?.of ?? []), strategy];
  const planned = { of, schedules: schedules.map(({ steps }) => steps) };
  const trial = take({ planner, ...scored }, { ...axes, strategy: name });
  if (place === undefined || same === undefined) trials.push({ ...trial, control: planned });
  else trials.all[place] = { ...same, control: planned };
}

/** Where a control of the same name stands already; one of equal steps but other settings gets a name of its own. */
function placeOfControl(
  trials: TrialList,
  axes: TrialAxes,
  name: string,
  evaluateKey: string,
): { place: number | undefined; name: string } {
  for (let count = 1; ; count++) {
    const own = count === 1 ? name : `${name}-${count}`;
    const id = trialId({ ...axes, strategy: own });
    const place = trials.placeOf(id);
    if (place === undefined || trials.all[place]!.evaluateKey === evaluateKey) return { place, name: own };
  }
}

/** Trials in their order, found by their names. */
class TrialList {
  readonly all: PlannedTrial[] = [];
  private readonly places = new Map<string, number>();

  push(trial: PlannedTrial): void {
    if (!this.places.has(trial.id)) this.places.set(trial.id, this.all.length);
    this.all.push(trial);
  }

  placeOf(id: string): number | undefined {
    return this.places.get(id);
  }
}

interface ScoreKeys {
  readonly detectKey: string;
  readonly evaluateKey: string;
}

interface Scored extends ScoreKeys {
  readonly planner: TrialPlanner;
  /** The stage that measures the initial weights in their own task; the trial is done without it. */
  readonly probeKey?: string;
}

interface Planned extends Scored {
  /** What it has to beat, or why that can't be planned; absent where there is no such thing. */
  readonly control?:
    | (ScoreKeys & { readonly schedules: ControlSchedules })
    | { readonly skipped: NonNullable<PlannedTrial['skipped']> };
}

/** @param initKeys stages that the init planned */
function schedulesOf(
  { planner, detectKey }: Scored,
  initKeys: ReadonlySet<string>,
): ControlSchedules | undefined {
  const detectorKey = planner.stages.get(detectKey)!.inputs['from']!;
  return controlSchedules({
    stages: planner.stages,
    strategyKeys: planner.lineage(detectorKey).filter((key) => !initKeys.has(key)),
    detectorKey,
    images: (role) => planner.images(role as DataSelection['role']),
    supervised: (change) => planner.supervised(change),
  });
}

function controlOf(
  scored: Scored,
  context: StrategyContext,
  initKeys: ReadonlySet<string>,
): Planned['control'] {
  try {
    const schedules = schedulesOf(scored, initKeys);
    return schedules && { schedules, ...scored.planner.score(planControl(context, schedules)) };
  } catch (error) {
    return { skipped: skipReason(error) };
  }
}

/** A benchmark with the schedule that a point of its matrix has. */
function withSchedule(benchmark: Benchmark, axes: TrialAxes): Benchmark {
  const found = benchmark.schedules.filter(({ where }) => isAmong(axes, [where])).at(-1);
  if (found === undefined) return benchmark;
  const { where: _, ...change } = found;
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...benchmark, schedule: { ...benchmark.schedule, ...given } };
}

function planTrial(
  input: PlanInput,
  axes: TrialAxes,
  id: string,
  wanted: Set<string>,
  parts: Interner,
): Planned {
  const benchmark = withSchedule(input.benchmark, axes);
  const load = (kind: PluginKind) => {
    const entries: readonly AxisEntry[] = benchmark.axes[kind];
    const index = entries.findIndex((entry) => entry.name === axes[kind]);
    const entry = entries[index] as AxisEntry;
    return makePlugin(input, parts, id, kind, entry.use, entry.options, `axes.${kind}[${index}].options`);
  };
  const findAugmentation = (name: string, options: Readonly<Record<string, unknown>>): AugmentationUse => {
    const { instance, use } = makePlugin(input, parts, id, 'augmentation', name, options, 'options');
    return augmentationUse(instance as AugmentationPlugin, use);
  };
  const init = load('init');
  const strategy = load('strategy');
  const augmentation = load('augmentation');
  const setting = {
    benchmark,
    axes,
    data: input.data,
    engine: input.engine,
    augmentation: augmentationUse(augmentation.instance as AugmentationPlugin, augmentation.use),
    findAugmentation,
    planning: init.use,
    parts,
    checkpoint: (source: string) => knownCheckpoint(source, input.checkpoints ?? {}, wanted),
  };
  const planner = new TrialPlanner(setting);
  const context = {
    stages: planner,
    data: planner.data,
    schedule: planner.schedule,
    augmentation: planner.augmentationHandle,
  };
  const planned = blame(init.use, () => (init.instance as InitPlugin).plan(context));
  const initKeys = new Set(planner.stages.keys());
  setting.planning = strategy.use;
  input.announce?.({ trial: id, kind: 'strategy', plugin: strategy.use.name });
  const given: StrategyContext = { ...context, init: planned };
  const detector = blame(strategy.use, () => (strategy.instance as StrategyPlugin).plan(given));
  const keys = blame(strategy.use, () => planner.score(detector));
  const scored = { planner, ...keys, probeKey: planner.probe(planned) };
  const control = benchmark.controls === 'matched' ? controlOf(scored, given, initKeys) : undefined;
  return { ...scored, control };
}

/** Names the plugin in what it threw, so that a skipped trial says who is to mend it. */
function blame<T>(use: PluginUse, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const who = `${use.kind} "${use.name}"`;
    if (error instanceof RethinkError) {
      throw new RethinkError(error.code, `${who}: ${error.message}`, {
        location: error.location,
        hint: error.hint,
        cause: error,
      });
    }
    throw new RethinkError('PLUGIN_THREW', `${who} threw: ${firstLine(error)}`, { cause: error });
  }
}

function makePlugin(
  input: PlanInput,
  parts: Interner,
  trial: string,
  kind: PluginKind,
  name: string,
  given: Readonly<Record<string, unknown>>,
  path: string,
): { instance: object; use: PluginUse } {
  const reason = input.banned?.get(`${kind}/${name}`);
  if (reason !== undefined) throw new RethinkError('PLUGIN_BANNED', `${kind} "${name}" ${reason}`);
  input.announce?.({ trial, kind, plugin: name });
  const entry = input.catalog.find(kind, name);
  const options = parseOptions(entry.plugin, given, path);
  return {
    instance: instantiatePlugin(entry.plugin, options, { logger: input.logger }),
    // Parsed anew: a plugin may do what it likes to the options that it was given.
    use: parts.once(`${kind}/${name} ${JSON.stringify(given)}`, () => ({
      kind,
      name,
      options: parseOptions(entry.plugin, given, path),
      codeDigest: entry.codeDigest,
    })),
  };
}
