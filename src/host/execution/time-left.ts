import type { PlannedStage } from '../../core/plan/stage';

interface Speed {
  seconds: number;
  effort: number;
}

/** Computed once for each stage: the time left of a large plan is estimated every second. */
const levelsOf = new WeakMap<PlannedStage, readonly string[]>();

/** Speed is that of stages of the same kind and detector; until one was observed of the same kind, then of any. */
function levels(stage: PlannedStage): readonly string[] {
  const cached = levelsOf.get(stage);
  if (cached) return cached;
  const detector = 'detector' in stage.parameters ? JSON.stringify(stage.parameters.detector) : '';
  const result = [`${stage.kind} ${detector}`, stage.kind, ''];
  levelsOf.set(stage, result);
  return result;
}

/** Expected seconds of stages, from the speed of stages that ran. */
export class Estimator {
  private readonly speeds = new Map<string, Speed>();

  /** @param effortOf expected effort of a stage, see `effortModel` */
  constructor(private readonly effortOf: (stage: PlannedStage) => number) {}

  /** Learns from a finished stage, or from a share (0…1) of one. */
  observe(stage: PlannedStage, seconds: number, share = 1): void {
    const effort = this.effortOf(stage) * share;
    if (!(seconds > 0 && effort > 0)) return;
    for (const level of levels(stage)) {
      const speed = this.speeds.get(level) ?? { seconds: 0, effort: 0 };
      this.speeds.set(level, { seconds: speed.seconds + seconds, effort: speed.effort + effort });
    }
  }

  /** Expected seconds of a whole stage; `undefined` as long as nothing was observed. */
  seconds(stage: PlannedStage): number | undefined {
    for (const level of levels(stage)) {
      const speed = this.speeds.get(level);
      if (speed) return (this.effortOf(stage) * speed.seconds) / speed.effort;
    }
    return undefined;
  }
}

/** Seconds that a stage still takes, and the keys of the stages that it waits for. */
export interface Remaining {
  readonly key: string;
  readonly seconds: number;
  readonly parents: readonly string[];
}

/**
 * Seconds until all stages are done: at least the longest chain, at least all seconds spread evenly over the slots.
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
