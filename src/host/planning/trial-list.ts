import type { PlannedTrial } from '../../core/plan/plan';
import type { TrialAxes } from '../../core/plan/axes';
import { trialId } from '../../core/plan/axes';
import { controlName } from './controls';
import type { PlannedTrialStages, ScoredTrial } from './plan-trial';

/** Trials in their order, found by their names. */
export class TrialList {
  readonly all: PlannedTrial[] = [];
  private readonly indices = new Map<string, number>();

  push(trial: PlannedTrial): void {
    if (!this.indices.has(trial.id)) this.indices.set(trial.id, this.all.length);
    this.all.push(trial);
  }

  indexOf(id: string): number | undefined {
    return this.indices.get(id);
  }
}

/** Adds the control of a trial's strategy; where another strategy has the same control, adds the strategy to that one. */
export function addControl(
  trials: TrialList,
  { context, control }: PlannedTrialStages,
  axes: TrialAxes,
  used: { take(scored: ScoredTrial, axes: TrialAxes): PlannedTrial },
): void {
  const { strategy } = axes;
  if (control === undefined) return;
  if ('skipped' in control) {
    const other = { ...axes, strategy: `control-of-${strategy}` };
    const { skipped } = control;
    const skippedControl = { of: [strategy], schedules: [] };
    trials.push({ id: trialId(other), axes: other, stageKeys: [], skipped, control: skippedControl });
    return;
  }
  const { schedules, ...scored } = control;
  const { index, name } = findControl(trials, axes, controlName(schedules), scored.evaluateKey);
  const same = index === undefined ? undefined : trials.all[index];
  const of = [...(same?.control?.of ?? []), strategy];
  const planned = { of, schedules: schedules.map(({ steps }) => steps) };
  const trial = used.take({ context, ...scored }, { ...axes, strategy: name });
  if (index === undefined || same === undefined) trials.push({ ...trial, control: planned });
  else trials.all[index] = { ...same, control: planned };
}

/** The same control planned earlier, if any, and its name: one of equal steps but other settings gets a suffix. */
function findControl(
  trials: TrialList,
  axes: TrialAxes,
  name: string,
  evaluateKey: string,
): { index: number | undefined; name: string } {
  for (let count = 1; ; count++) {
    const numbered = count === 1 ? name : `${name}-${count}`;
    const index = trials.indexOf(trialId({ ...axes, strategy: numbered }));
    if (index === undefined || trials.all[index]!.evaluateKey === evaluateKey)
      return { index, name: numbered };
  }
}
