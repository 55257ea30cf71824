import type { Plan, PlannedControl, TrialAxes } from '../../core/plan/plan';
import { trialId } from '../../host/benchmark/matrix';
import { changesBetween, describeChange, listChanges } from './changes';

/** A stage of an earlier plan, as far as a comparison needs it. */
export interface EarlierStage {
  readonly key: string;
  readonly kind: string;
  readonly label: string;
  readonly seed: number;
  readonly parameters: unknown;
}

/**
 * What has changed between the stages that a trial's result came from and those that it has now.
 *
 * Stages are compared in pairs of one label. Where the parameters are alike, the key differs by what is in the key
 * alone: the host's code, the lockfile or the engine.
 */
export function changedStages(earlier: readonly EarlierStage[], now: readonly EarlierStage[]): string {
  const rest = [...earlier];
  const changes: string[] = [];
  let sameParameters = false;
  for (const stage of now) {
    if (takeOut(rest, (other) => other.key === stage.key)) continue;
    const match = takeOut(rest, (other) => other.kind === stage.kind && other.label === stage.label);
    if (match === undefined) {
      changes.push(`${stage.label} is new`);
      continue;
    }
    const found = changesBetween(
      { ...asRecord(match.parameters), seed: match.seed },
      { ...asRecord(stage.parameters), seed: stage.seed },
    ).map(describeChange);
    if (found.length === 0) sameParameters = true;
    changes.push(...found.map((change) => `${stage.label}: ${change}`));
  }
  const kept = new Set(now.map((stage) => stage.key));
  changes.push(...rest.filter((stage) => !kept.has(stage.key)).map((stage) => `${stage.label} is gone`));
  if (changes.length > 0) return `changed since: ${listChanges(changes)}`;
  return sameParameters
    ? "changed since: the host's code, a library or the tensor engine"
    : 'its stages have changed since';
}

/** Settings of a benchmark file that decide no trial's outcome, or only whether there is such a trial. */
export const withoutEffect: ReadonlySet<string> = new Set([
  'name',
  'title',
  'description',
  'axes',
  'cells',
  'claims',
  'reference',
  'cost',
  'limits',
  'plugins',
  'evaluation',
  'controls',
]);

type Outdated = (
  axes: TrialAxes & { readonly control?: PlannedControl | null },
  stages: readonly EarlierStage[],
) => string | undefined;

/**
 * Whether a trial that is not in the plan is out of date by what the plan shows: its cell is no longer in the
 * matrix, the settings are others, or a plugin that it used is another.
 *
 * @param before the benchmark as it was when the trial was last planned
 * @returns finds out for one trial what has changed; `undefined` where nothing speaks against it
 */
export function outdatedBy(plan: Plan, before: unknown): Outdated {
  const [then, now] = [asRecord(before), asRecord(plan.benchmark.resolved)];
  const settings = (from: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(from).filter(([key]) => !withoutEffect.has(key)));
  const common = changesBetween(settings(then), settings(now)).map(describeChange);
  const current = pluginDigests(plan.stages.map((stage) => stage.parameters));
  return (axes, stages) => {
    const missing = missingOf(plan, asRecord(now['axes']), axes);
    if (missing !== undefined) return `no longer in the benchmark: ${missing}`;
    const changes = [...common];
    for (const axis of ['init', 'augmentation', 'strategy'] as const) {
      const [was, is] = [then, now].map((source) => entry(asRecord(source['axes'])[axis], axes[axis]));
      changes.push(
        ...changesBetween(was, is).map((change) => `${axis} ${axes[axis]}: ${describeChange(change)}`),
      );
    }
    for (const [plugin, digest] of pluginDigests(stages.map((stage) => stage.parameters))) {
      const other = current.get(plugin);
      if (other !== undefined && other !== digest) changes.push(`the code of the plugin ${plugin}`);
    }
    return changes.length === 0 ? undefined : `changed since: ${listChanges(changes)}`;
  };
}

/** A control is gone where the newest plan has another one beside a trial of its strategies, or none. */
function missingOf(
  plan: Plan,
  axisLists: Record<string, unknown>,
  { control, ...axes }: TrialAxes & { readonly control?: PlannedControl | null },
): string | undefined {
  if (!control) return missingValue(axisLists, axes);
  const values = control.of.map((strategy) => missingValue(axisLists, { ...axes, strategy }));
  if (!values.includes(undefined)) return values[0];
  const ids = new Set(control.of.map((strategy) => trialId({ ...axes, strategy })));
  const planned = plan.trials.find(({ id }) => ids.has(id));
  return planned && `a control of ${planned.axes.strategy} with these schedules`;
}

function missingValue(axisLists: Record<string, unknown>, axes: TrialAxes): string | undefined {
  for (const axis of ['init', 'augmentation', 'strategy', 'fraction', 'seed'] as const) {
    const list = axisLists[axis];
    if (!Array.isArray(list)) continue;
    const values = list.map((item: unknown) => nameOf(item));
    if (!values.includes(String(axes[axis]))) return `${axis} ${axes[axis]}`;
  }
  return undefined;
}

function nameOf(item: unknown): string {
  const name: unknown = typeof item === 'object' && item !== null ? asRecord(item)['name'] : item;
  return typeof name === 'string' || typeof name === 'number' ? String(name) : '';
}

function entry(list: unknown, name: string): unknown {
  return Array.isArray(list) ? list.find((item: unknown) => nameOf(item) === name) : undefined;
}

/** `<kind>/<name>` → digest of every plugin that the parameters name. */
function pluginDigests(value: unknown, found = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null) return found;
  const { kind, name, codeDigest } = value as Record<string, unknown>;
  if (typeof kind === 'string' && typeof name === 'string' && typeof codeDigest === 'string') {
    found.set(`${kind}/${name}`, codeDigest);
  }
  for (const item of Object.values(value)) pluginDigests(item, found);
  return found;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Removes and returns the first element that meets the test. */
function takeOut<T>(list: T[], test: (item: T) => boolean): T | undefined {
  const index = list.findIndex(test);
  return index < 0 ? undefined : list.splice(index, 1)[0];
}
