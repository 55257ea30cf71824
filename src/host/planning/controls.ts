import { RethinkError } from '../../contract';
import { type AxisEntry, type Benchmark } from '../benchmark/spec';
import { trialsOf } from '../benchmark/matrix';
import type { TrialAxes } from '../../core/plan/axes';
import { type PlanContext, workloadOf } from './workload';

/** What counts as longer: FLOPs are matched to a step, not to the last operation. */
const TOLERANCE = 1.005;

/**
 * FLOPs of stages, counted from the architecture, so that the plan, and with it the stage keys, are the same on every
 * machine.
 *
 * @throws RethinkError `CONTROL_UNMATCHED` where a stage's compute cannot be known beforehand
 */
export function plannedFlops(keys: readonly string[], context: PlanContext): number {
  return keys.reduce((sum, key) => {
    const stage = context.stages.get(key)!;
    const workload = workloadOf(stage, context);
    if (workload !== undefined) return sum + workload.units * workload.flopsPerUnit;
    throw new RethinkError(
      'CONTROL_UNMATCHED',
      `The compute of the stage "${stage.label}" cannot be known beforehand, so no training can be matched to it.`,
      { hint: 'A strategy with a custom stage has no control.' },
    );
  }, 0);
}

/** The benchmark's own supervised recipe; the built-in one where the strategy axis has none. */
export function supervisedEntry({ axes }: Benchmark): AxisEntry {
  const name = 'supervised';
  return axes.strategy.find(({ use }) => use === name) ?? { use: name, name, options: {} };
}

/**
 * Finds the compute-matched control of a strategy: the benchmark's supervised recipe, trained once, for as many times
 * its schedule as has the strategy's compute. What changes a strategy makes to size, batch or learning rate, and in how
 * many stages it trains, is its own affair: the control has none of it.
 */
export class ControlFinder {
  private readonly longest = new Map<string, number>();
  private readonly supervised: string;

  constructor(benchmark: Benchmark) {
    this.supervised = supervisedEntry(benchmark).name;
    for (const axes of trialsOf(benchmark)) {
      if (axes.strategy !== this.supervised) continue;
      const cell = cellOf(axes);
      this.longest.set(cell, Math.max(axes.length, this.longest.get(cell) ?? 0));
    }
  }

  /**
   * @param flopsOf FLOPs of what the strategy of a trial plans
   * @returns the control's axes; `undefined` where the supervised trials of the matrix reach the strategy's compute
   */
  find(axes: TrialAxes, flopsOf: (axes: TrialAxes) => number): TrialAxes | undefined {
    if (axes.strategy === this.supervised) return undefined;
    const single = { ...axes, strategy: this.supervised, length: 1 };
    // Four digits: readable in names, and FLOPs equal to 0.05 %.
    const length = +(flopsOf(axes) / flopsOf(single)).toPrecision(4);
    return length <= TOLERANCE * (this.longest.get(cellOf(axes)) ?? 1) ? undefined : { ...single, length };
  }
}

const cellOf = ({ init, augmentation, fraction }: TrialAxes) =>
  JSON.stringify([init, augmentation, fraction]);
