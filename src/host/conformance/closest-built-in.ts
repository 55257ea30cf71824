import type { Plan, PlannedTrial } from '../../core/plan/plan';
import { roleOf, type PlannedStage } from '../../core/plan/stage';
import type { PluginKind } from '../../contract';

/**
 * The trial whose stages are most like those of the plugin's trial: the share of stages of equal signature (kind, data
 * and losses) in both together. Among equals, the one with the fewest stages, because it is the cheapest.
 *
 * @param kind axis of the plugin
 */
export function nearestTrial(plan: Plan, kind: PluginKind, name: string): PlannedTrial | undefined {
  const stages = new Map(plan.stages.map((stage) => [stage.key, stage]));
  const signatures = ({ stageKeys }: PlannedTrial) => stageKeys.map((key) => signatureOf(stages.get(key)!));
  const own = plan.trials.find(({ axes, skipped }) => axes[kind] === name && skipped === undefined);
  if (own === undefined) return undefined;
  const others = plan.trials
    .filter((trial) => trial !== own && trial.skipped === undefined && trial.control === undefined)
    .map((trial) => ({
      trial,
      similarity: jaccard(signatures(own), signatures(trial)),
    }));
  others.sort((a, b) => b.similarity - a.similarity || a.trial.stageKeys.length - b.trial.stageKeys.length);
  return others[0]?.trial;
}

function signatureOf(stage: PlannedStage): string {
  if (stage.kind !== 'train') return stage.kind;
  const { data } = stage.parameters;
  const parts = data.map(({ selection, head, pseudoLabels, soft }) =>
    [
      roleOf(selection),
      head.type,
      pseudoLabels === undefined ? '' : 'pseudo',
      soft === true ? 'soft' : '',
    ].join(' '),
  );
  return `train ${parts.sort().join(', ')}`;
}

/** Of two lists that may contain an item more than once. */
function jaccard(a: readonly string[], b: readonly string[]): number {
  const rest = [...b];
  let both = 0;
  for (const item of a) {
    const index = rest.indexOf(item);
    if (index < 0) continue;
    rest.splice(index, 1);
    both++;
  }
  return both / (a.length + b.length - both);
}
