import { createRandom } from '../../contract';
import { dropRates } from '../detector/backbones/efficientnet';
import type { DetectorSpec } from '../../core/plan/detector-spec';
import { hostTensor, type HostTensor } from '../tensor';

/**
 * Which branches a step drops: [images, blocks], 0 with the block's rate, else 1 / (1 − rate); follows from seed and
 * step. Undefined where the backbone drops none.
 * @source stochastic depth, arXiv 1603.09382; paper.md, section 2.1
 */
export function branchMask(
  { backbone }: DetectorSpec,
  images: number,
  seed: number,
  step: number,
): HostTensor | undefined {
  if (backbone.type !== 'efficientnet' || backbone.dropConnect === 0) return undefined;
  const random = createRandom(`drop-connect/${seed}`).fork(step);
  const rates = dropRates(backbone);
  const values = Float32Array.from({ length: images * rates.length }, (_, i) => {
    const rate = rates[i % rates.length]!;
    return random.chance(rate) ? 0 : 1 / (1 - rate);
  });
  return hostTensor(values, [images, rates.length]);
}
