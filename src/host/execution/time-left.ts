import type { PlannedStage } from '../../core/plan/stage';

interface Speed {
  seconds: number;
  work: number;
}

/** Stages of one kind and one detector run alike; without any of those, of one kind; else all. */
function levels(stage: PlannedStage): readonly string[] {
  const known = levelsOf.get(stage);
  if (known) return known;
  const detector = 'detector' in stage.parameters ? JSON.stringify(stage.parameters.detector) : '';
  const result = [`${stage.kind} ${detector}`, stage.kind, ''];
  levelsOf.set(stage, result);
  return result;
}

/** Written once a stage: the time left of a large plan is looked at every second. */
const levelsOf = new WeakMap<PlannedStage, readonly string[]>();

/** Time left, from the speed of stages that ran. */
export class Estimator {
  private readonly speeds = new Map<string, Speed>();

  constructor(private readonly workOf: (stage: PlannedStage) => number) {}

  /** Learns from a finished stage, or from a share (0…1) of one. */
  observe(stage: PlannedStage, seconds: number, share = 1): void {
    const work = this.workOf(stage) * share;
    if (!(seconds > 0 && work > 0)) return;
    for (const level of levels(stage)) {
      const speed = this.speeds.get(level) ?? { seconds: 0, work: 0 };
      this.speeds.set(level, { seconds: speed.seconds + seconds, work: speed.work + work });
    }
  }

  /** Expected seconds of a whole stage; `undefined` as long as nothing was observed. */
  seconds(stage: PlannedStage): number | undefined {
    for (const level of levels(stage)) {
      const speed = this.speeds.get(level);
      if (speed) return (this.workOf(stage) * speed.seconds) / speed.work;
    }
    return undefined;
  }
}

/** What is left of a stage in seconds, with those of the stages it waits for. */
export interface Remaining {
  readonly key: string;
  readonly seconds: number;
  readonly parents: readonly string[];
}

/**
 * Seconds until all is done: no less than the longest chain, no less than all work spread evenly over the slots.
 *
 * @param remaining parents before children; parents that are not in the list are done
 */
export function timeLeft(remaining: readonly Remaining[], slots: number): number {
  const endOf = new Map<string, number>();
  let total = 0;
  let longest = 0;
  for (const { key, seconds, parents } of remaining) {
    const end = parents.reduce((latest, parent) => Math.max(latest, endOf.get(parent) ?? 0), 0) + seconds;
    endOf.set(key, end);
    total += seconds;
    longest = Math.max(longest, end);
  }
  return Math.max(longest, total / Math.max(1, slots));
}
