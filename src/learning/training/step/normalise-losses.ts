import { hostScalar, type HostTensor, type StepContext, tf } from '../../tensor';
import { customGradient } from '../../tensor/gradients';

/** How the losses of several data sets become one. */
export interface LossNormalisation {
  /** Weight of each further loss against the first. */
  readonly alpha: number;
  /** Share of the old moving average that stays. */
  readonly decay: number;
}

const averageName = (part: number) => `loss-average:${part}`;

/** State for the moving averages. Both start at 0: what that takes off cancels in their ratio. */
export function lossAverages(parts: number): Record<string, HostTensor> {
  return Object.fromEntries(Array.from({ length: parts }, (_, part) => [averageName(part), hostScalar(0)]));
}

/**
 * L = (L₁ + α Σ mean(L₁)/mean(Lᵢ) · Lᵢ) / (1 + (n − 1) α), with moving averages that carry no gradient.
 * @source Zoph et al., arXiv 2006.06882, appendix B (there for two losses)
 * @param losses scalars; the first is the one that the others are scaled to
 */
export function normaliseLosses(
  context: StepContext,
  losses: readonly tf.Scalar[],
  { alpha, decay }: LossNormalisation,
): tf.Scalar {
  const averages = losses.map((loss, part) => {
    const name = averageName(part);
    const average = tf.add<tf.Scalar>(
      tf.mul(context.get(name), decay),
      tf.mul(withoutGradient(loss), 1 - decay),
    );
    context.assign(name, average);
    return average;
  });
  const scaled = losses.map((loss, part) =>
    part === 0 ? loss : tf.mul(loss, tf.mul(tf.div(averages[0]!, tf.maximum(averages[part]!, 1e-12)), alpha)),
  );
  return tf.mul(tf.addN(scaled), 1 / (1 + (losses.length - 1) * alpha));
}

/** The same value, through which no gradient flows. */
export function withoutGradient<T extends tf.Tensor>(x: T): T {
  return customGradient([x], () => ({ value: x.clone(), gradFunc: (dy) => tf.zerosLike(dy) }));
}
