import type { Plan, PlannedControl } from '../../core/plan/plan';
import { pluginKinds } from '../../contract';
import { axisNames, trialId, type TrialAxes } from '../../core/plan/axes';
import {
  axisEntries,
  changesBetween,
  describeChange,
  entryChanges,
  isContainer,
  listChanges,
  settingsChanges,
} from './changes';

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
      { ...(match.parameters as object), seed: match.seed },
      { ...(stage.parameters as object), seed: stage.seed },
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

type Outdated = (
  axes: TrialAxes & { readonly control?: PlannedControl | null },
  stages: readonly EarlierStage[],
) => string | undefined;

/**
 * Whether a trial that is not in the plan is out of date: its cell is no longer in the matrix, or the settings or a
 * plugin that it used have changed.
 *
 * @param before the benchmark as it was when the trial was last planned
 * @returns for one trial, what has changed; `undefined` where nothing has
 */
export function outdatedBy(plan: Plan, before: unknown): Outdated {
  const { resolved } = plan.benchmark;
  const common = settingsChanges(before, resolved);
  const current = pluginDigests(plan.stages.map((stage) => stage.parameters));
  return (axes, stages) => {
    const missing = missingOf(plan, axes);
    if (missing !== undefined) return `no longer in the benchmark: ${missing}`;
    const changes = [...common];
    for (const axis of pluginKinds) {
      const [was, is] = [before, resolved].map((source) => axisEntries(source, axis).get(axes[axis]));
      changes.push(...entryChanges(axis, axes[axis], was, is));
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
  { control, ...axes }: TrialAxes & { readonly control?: PlannedControl | null },
): string | undefined {
  const { resolved } = plan.benchmark;
  if (!control) return missingValue(resolved, axes);
  const values = control.of.map((own) => missingValue(resolved, { ...axes, ...own }));
  if (!values.includes(undefined)) return values[0];
  const ids = new Set(control.of.map((own) => trialId({ ...axes, ...own })));
  const planned = plan.trials.find(({ id }) => ids.has(id));
  return planned && `a control of ${planned.axes.strategy} with this length`;
}

function missingValue(benchmark: unknown, axes: TrialAxes): string | undefined {
  const missing = axisNames.find((axis) => {
    const values = axisEntries(benchmark, axis);
    return values.size > 0 && !values.has(String(axes[axis]));
  });
  return missing && `${missing} ${axes[missing]}`;
}

/** `<kind>/<name>` → digest of every plugin that the parameters name. */
export function pluginDigests(value: unknown, found = new Map<string, string>()): Map<string, string> {
  if (!isContainer(value)) return found;
  const { kind, name, codeDigest } = value;
  if (typeof kind === 'string' && typeof name === 'string' && typeof codeDigest === 'string') {
    found.set(`${kind}/${name}`, codeDigest);
  }
  for (const item of Object.values(value)) pluginDigests(item, found);
  return found;
}

/** Removes and returns the first element that meets the test. */
function takeOut<T>(list: T[], test: (item: T) => boolean): T | undefined {
  const index = list.findIndex(test);
  return index < 0 ? undefined : list.splice(index, 1)[0];
}
