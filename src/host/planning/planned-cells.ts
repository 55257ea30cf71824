import { type TrialAxes, trialId } from '../../core/plan/axes';
import type { PlannedTrialStages } from './plan-trial';
import type { ScoreKeys } from './scoring';

/** Trials that differ in their seeds alone: the first is planned, and the others have its stages with other seeds. */
export class PlannedCells {
  private readonly planned = new Map<string, PlannedTrialStages>();

  /** @param plan called for the first seed; for each seed where a plugin has custom stages, which may do anything */
  plan(axes: TrialAxes, plan: () => PlannedTrialStages): PlannedTrialStages {
    const cell = trialId({ ...axes, seed: 0 });
    const first = this.planned.get(cell);
    if (first !== undefined) return forSeed(first, axes.seed);
    const planned = plan();
    if (planned.context.graph.customRuns.size === 0) this.planned.set(cell, planned);
    return planned;
  }
}

function forSeed(
  { context, probeKey, strategyFlops, ...score }: PlannedTrialStages,
  seed: number,
): PlannedTrialStages {
  const other = context.forSeed(seed);
  const moved = ({ detectKey, evaluateKey }: ScoreKeys): ScoreKeys => ({
    detectKey: other.keys.get(detectKey)!,
    evaluateKey: other.keys.get(evaluateKey)!,
  });
  return {
    context: other.context,
    ...moved(score),
    ...(probeKey !== undefined && { probeKey: other.keys.get(probeKey)! }),
    strategyFlops,
  };
}
