import { z } from 'zod';
import type { DataHandle } from '../../../contract';
import type { DataSelection } from '../../../core/plan/stage';
import { fractionSize } from '../../../learning/dataset/select';
import type { TrialContext } from '../trial-context';
import { data, parseRequest, requestError } from './request';

const holdOutRequest = z.object({ data, share: z.number().gt(0).lt(1) });

/** Splits labelled data in two. */
export function planHoldOut(
  context: TrialContext,
  given: { readonly data: DataHandle; readonly share: number },
): { kept: DataHandle; heldOut: DataHandle } {
  const { data: handle, share } = parseRequest(holdOutRequest, given);
  const entry = context.data.entryOf(handle, 'data');
  const { role, fraction, rest, after } = entry.selection;
  if (entry.pseudoStage !== undefined || role === 'unlabelled' || rest === true || after !== undefined)
    throw requestError('data', 'must be a complete labelled data set');
  const smaller = fraction * (1 - share);
  const keptSize = fractionSize(context.data.dataOf(role).size, smaller);
  if (keptSize === handle.size)
    throw requestError(
      'share',
      `must hold out at least one image: ${share} of ${handle.size} images is none`,
    );
  const add = (id: string, selection: DataSelection, size: number) =>
    context.data.add(id, handle.role, size, { ...entry, selection });
  const kept = context.data.select(role, smaller);
  const heldOut = { ...kept, fraction, after: smaller };
  return {
    kept: add(`${handle.id} to ${smaller}`, kept, keptSize),
    heldOut: add(`${handle.id} from ${smaller}`, heldOut, handle.size - keptSize),
  };
}
