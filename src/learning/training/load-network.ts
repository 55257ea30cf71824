import { RethinkError } from '../../contract';
import type { HeadSpec } from '../../core/plan/head-spec';
import { describeParameters } from '../detector/architecture';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import { requireWeights, type NetworkWeights } from '../detector/weights';
import { readWeights, type TrainedHead } from './weights-file';

export interface LoadedNetwork {
  readonly weights: NetworkWeights;
  readonly head: TrainedHead;
}

/**
 * Weights of a network with the named head; other heads in the file are left out.
 * @throws `WEIGHTS_HEAD_MISSING`, `WEIGHTS_DO_NOT_FIT`
 */
export async function loadNetwork(
  file: string,
  spec: DetectorSpec,
  headName: string,
  headType: HeadSpec['type'] = 'detection',
): Promise<LoadedNetwork> {
  const { tensors, heads } = await readWeights(file);
  const head = heads.find(({ name, type }) => name === headName && type === headType);
  if (head === undefined) {
    throw new RethinkError('WEIGHTS_HEAD_MISSING', `The weights have no ${headType} head “${headName}”.`, {
      location: { file },
      hint: heads.length === 0 ? undefined : `They have: ${heads.map(({ name }) => name).join(', ')}.`,
    });
  }
  const own = `head.${headName}.`;
  const weights = requireWeights(describeParameters(spec, [head]), tensors, {
    file,
    mayHave: (name) =>
      (name.startsWith('head.') && !name.startsWith(own)) ||
      (headType !== 'detection' && name.startsWith('fpn.')),
  });
  return { weights, head };
}
