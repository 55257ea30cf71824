import type { PlannedControl } from '../../core/plan/plan';
import type { AxisName, TrialAxes } from '../../core/plan/axes';
import { axisEntries } from './changes';

type Axes = { readonly axes: TrialAxes; readonly control?: PlannedControl };
/** As trials are listed: what varies fastest comes last. */
const sortAxes = [
  'seed',
  'fraction',
  'augmentation',
  'init',
  'strategy',
  'length',
] as const satisfies AxisName[];

/**
 * Orders trials as the benchmark file lists the values of its axes; values that it no longer lists come last. A control
 * comes behind the strategy that it is the control of.
 */
export function matrixOrder(resolved: unknown): (a: Axes, b: Axes) => number {
  const positions = new Map(
    sortAxes.map((axis) => {
      const names = axisEntries(resolved, axis).keys();
      return [axis, new Map([...names].map((name, index) => [name, index]))];
    }),
  );
  return (a, b) => {
    for (const axis of sortAxes) {
      const positionOf = (trial: Axes) => {
        const strategy = axis === 'strategy' ? trial.control?.of[0]?.strategy : undefined;
        const listed = positions.get(axis)?.get(strategy ?? String(trial.axes[axis])) ?? Infinity;
        return strategy === undefined ? listed : listed + 0.5;
      };
      const [first, second] = [positionOf(a), positionOf(b)];
      if (first !== second) return first - second;
      if (a.axes[axis] !== b.axes[axis]) return a.axes[axis] < b.axes[axis] ? -1 : 1;
    }
    return 0;
  };
}
