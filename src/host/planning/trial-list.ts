import { type TrialAxes, trialId } from '../../core/plan/axes';
import type { PlannedTrial } from '../../core/plan/plan';
import { skipReason } from './plan-trial';

/** Trials in their order, found by their names. */
export class TrialList {
  readonly all: PlannedTrial[] = [];
  private readonly indices = new Map<string, number>();

  push(trial: PlannedTrial): void {
    if (!this.indices.has(trial.id)) this.indices.set(trial.id, this.all.length);
    this.all.push(trial);
  }

  /**
   * Adds the control of a trial; where another trial has the same control, adds the trial to that one.
   *
   * @param find the control's axes, if the trial needs one
   * @param plan its stages
   */
  addControl(
    { strategy, length, ...others }: TrialAxes,
    find: () => TrialAxes | undefined,
    plan: (axes: TrialAxes) => PlannedTrial,
  ): void {
    const own = { strategy, length };
    try {
      const axes = find();
      if (axes === undefined) return;
      const index = this.indices.get(trialId(axes));
      const same = index === undefined ? undefined : this.all[index];
      if (index === undefined || same === undefined) this.push({ ...plan(axes), control: { of: [own] } });
      else this.all[index] = { ...same, control: { of: [...(same.control?.of ?? []), own] } };
    } catch (error) {
      const axes = { ...others, strategy: `control-of-${strategy}`, length };
      this.push({
        id: trialId(axes),
        axes,
        stageKeys: [],
        skipped: skipReason(error),
        control: { of: [own] },
      });
    }
  }
}
