import { RethinkError } from '../contract';
import { describeParameters } from '../detector/network';
import type { DetectorSpec } from '../detector/spec';
import { requireWeights, type Weights } from '../detector/weights';
import { readWeights, type TrainedHead } from './weights-file';

export interface LoadedDetector {
  readonly weights: Weights;
  readonly head: TrainedHead;
}

/**
 * Weights of a detector with the named head; other heads in the file are left out.
 * @throws `WEIGHTS_HEAD_MISSING`, `WEIGHTS_DO_NOT_FIT`
 */
export async function loadDetector(
  file: string,
  spec: DetectorSpec,
  headName: string,
): Promise<LoadedDetector> {
  const { tensors, heads } = await readWeights(file);
  const head = heads.find(({ name, type }) => name === headName && type === 'detection');
  if (head === undefined) {
    throw new RethinkError('WEIGHTS_HEAD_MISSING', `The weights have no detection head “${headName}”.`, {
      place: { file },
      hint: heads.length === 0 ? undefined : `They have: ${heads.map(({ name }) => name).join(', ')}.`,
    });
  }
  const own = `head.${headName}.`;
  const weights = requireWeights(describeParameters(spec, [head]), tensors, {
    file,
    mayHave: (name) => name.startsWith('head.') && !name.startsWith(own),
  });
  return { weights, head };
}
