import type { PluginKind } from '../../contract';
import type { TrialAxes } from '../../core/plan/axes';
import { axisEntries } from '../../results/database/changes';

/** Names on an axis in the order of the benchmark file, then of the trials; the index decides color and shape. */
export function namesOnAxis(
  resolved: unknown,
  trials: readonly { readonly axes: TrialAxes }[],
  axis: PluginKind,
): string[] {
  const listed = [...axisEntries(resolved, axis).keys()];
  const used = trials.map((trial) => trial.axes[axis]);
  return [...new Set([...listed.filter((name) => used.includes(name)), ...used])];
}
