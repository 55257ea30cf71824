import type { TrialAxes } from '../../benchmark/plan';

export type PluginAxis = 'init' | 'augmentation' | 'strategy';

/** Place of each name on its axis, as the benchmark file lists them, then as the trials do: decides colour and shape. */
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
