import { z } from 'zod';
import type { DataHandle, PseudoLabelRequest } from '../../../contract';
import { type PseudoLabelParameters, roleOf } from '../../../core/plan/stage';
import type { TrialContext } from '../trial-context';
import { data, parseRequest, requestError, requestName, threshold, weights } from './request';

const thresholdRule = z.object({ heldOut: data, precision: threshold.optional() });

const pseudoLabelRequest = z
  .object({
    detector: weights,
    images: data,
    scoreThreshold: z.union([threshold, thresholdRule]),
    ignoreThreshold: z.number().gt(0).lte(1).optional(),
    label: requestName.default('pseudo-label'),
  })
  .refine(
    ({ scoreThreshold, ignoreThreshold = 0 }) =>
      typeof scoreThreshold !== 'number' || ignoreThreshold <= scoreThreshold,
    { path: ['ignoreThreshold'], error: 'must not be above scoreThreshold' },
  );

/** Detections on images as labels of the labelled data's categories. */
export function planPseudoLabel(context: TrialContext, given: PseudoLabelRequest): DataHandle {
  const request = parseRequest(pseudoLabelRequest, given);
  const { stage, stageIndex } = context.detectorOf(given.detector, 'detector');
  const { selection } = context.data.entryOf(request.images, 'images');
  const key = context.graph.add(
    {
      kind: 'pseudo-label',
      parameters: {
        detector: context.recipe.forInference(),
        images: selection,
        head: 'labelled',
        scoreThreshold: scoreThreshold(context, request.scoreThreshold),
        ignoreThreshold: request.ignoreThreshold,
        from: 'from',
      },
    },
    request.label,
    { from: stage },
    stageIndex,
  );
  const { categories } = context.data.dataOf('labelled');
  return context.data.add(key, 'pseudo', request.images.size, {
    selection,
    head: { name: 'labelled', type: 'detection', categories },
    pseudoStage: key,
  });
}

function scoreThreshold(
  context: TrialContext,
  given: number | z.output<typeof thresholdRule>,
): PseudoLabelParameters['scoreThreshold'] {
  if (typeof given === 'number') return given;
  const argument = 'scoreThreshold.heldOut';
  const { selection, pseudoStage } = context.data.entryOf(given.heldOut, argument);
  if (pseudoStage === undefined && roleOf(selection) === 'labelled')
    return { images: selection, precision: given.precision };
  throw requestError(argument, 'must be labelled images held out by holdOut()');
}
