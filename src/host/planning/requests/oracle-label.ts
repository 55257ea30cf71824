import { z } from 'zod';
import { type DataHandle, type OracleLabelRequest, RethinkError } from '../../../contract';
import { roleOf } from '../../../core/plan/stage';
import type { TrialContext } from '../trial-context';
import { data, parseRequest, requestError, requestName } from './request';

const oracleLabelRequest = z.object({ images: data, label: requestName.default('oracle') });

/**
 * The hidden labels of the pool as labels of the labelled data's categories.
 *
 * @throws RethinkError `ORACLE_NO_TRUTH` where nobody knows them
 */
export function planOracleLabel(context: TrialContext, given: OracleLabelRequest): DataHandle {
  const request = parseRequest(oracleLabelRequest, given);
  const { selection, pseudoStage } = context.data.entryOf(request.images, 'images');
  if (pseudoStage !== undefined || roleOf(selection) !== 'unlabelled') {
    throw requestError('images', 'must be the unlabelled images');
  }
  const { truth } = context.data.dataOf(selection.role);
  if (selection.role === 'unlabelled' && truth === undefined) {
    throw new RethinkError('ORACLE_NO_TRUTH', 'The labels of the unlabelled images are not known.', {
      hint: 'An oracle requires generated scenes, unlabelled images with annotations, or "pool: rest".',
    });
  }
  const parameters = { images: selection, ...(truth !== undefined && { truthDigest: truth }) };
  const key = context.graph.add({ kind: 'oracle-label', parameters }, request.label, {}, 0);
  const { categories } = context.data.dataOf('labelled');
  return context.data.add(key, 'pseudo', request.images.size, {
    selection,
    head: { name: 'labelled', type: 'detection', categories },
    pseudoStage: key,
  });
}
