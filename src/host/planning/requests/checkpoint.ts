import { z } from 'zod';
import type { CheckpointRequest, DeclaredCost, Weights } from '../../../contract';
import { parseDeclaredCost } from '../../../learning/training/checkpoint/declared-cost';
import type { TrialContext } from '../trial-context';
import { parseRequest, requestName } from './request';

const checkpointRequest = z.object({
  source: z.string(),
  layout: z.enum(['timm', 'keras', 'rethink']),
  /** Checked by `parseDeclaredCost`. */
  cost: z.custom<DeclaredCost>(),
  label: requestName.default('checkpoint'),
});

/** Weights made elsewhere. */
export function planCheckpoint(context: TrialContext, given: CheckpointRequest): Weights {
  const { source, layout, cost, label } = parseRequest(checkpointRequest, given);
  const parameters = {
    ...context.setting.checkpoint(source),
    source,
    layout,
    cost: parseDeclaredCost(cost),
    detector: context.recipe.forTraining(),
  };
  const key = context.graph.add({ kind: 'checkpoint', parameters }, label, {});
  return context.addWeights(key, { stage: key, heads: [], stageIndex: 0 });
}
