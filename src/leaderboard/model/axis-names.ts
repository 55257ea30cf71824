import type { TrialAxes } from '../../core/plan/axes';

export type PluginAxis = 'init' | 'augmentation' | 'strategy';

/** Names on an axis in the order of the benchmark file, then of the trials; the index decides color and shape. */
export function axisNames(
  resolved: unknown,
  trials: readonly { readonly axes: TrialAxes }[],
  axis: PluginAxis,
): string[] {
  const list = (resolved as { axes?: Record<string, unknown> } | null)?.axes?.[axis];
  const listed = Array.isArray(list)
    ? list.map((item: unknown) => String((item as { name?: unknown } | null)?.name ?? item))
    : [];
  const used = trials.map((trial) => trial.axes[axis]);
  return [...new Set([...listed.filter((name) => used.includes(name)), ...used])];
}
