import { z } from 'zod';
import type { DataHandle, PseudoClassRequest } from '../../../contract';
import type { TrialContext } from '../trial-context';
import { data, parseRequest, requestError, requestName, threshold, weights } from './request';

const pseudoClassRequest = z.object({
  classifier: weights,
  images: data,
  scoreThreshold: threshold,
  size: z.number().optional(),
  label: requestName.default('pseudo-class'),
});

/** Images with the class that a classifier predicts. */
export function planPseudoClass(context: TrialContext, given: PseudoClassRequest): DataHandle {
  const request = parseRequest(pseudoClassRequest, given);
  const { stage, heads, stageIndex } = context.weightsOf(request.classifier, 'classifier');
  if (stage === undefined || !heads.includes('classification'))
    throw requestError('classifier', 'must be weights that were trained on the classification data');
  const { selection } = context.data.entryOf(request.images, 'images');
  const head = 'classification';
  const { categories } = context.data.dataOf(head);
  const key = context.graph.add(
    {
      kind: 'pseudo-class',
      parameters: {
        detector: context.recipe.forTraining(request.size),
        images: selection,
        head,
        scoreThreshold: request.scoreThreshold,
        from: 'from',
      },
    },
    request.label,
    { from: stage },
    stageIndex,
  );
  return context.data.add(key, 'pseudo', request.images.size, {
    selection,
    head: { name: head, type: head, categories },
    pseudoStage: key,
  });
}
