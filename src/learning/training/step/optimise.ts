import { clipByGlobalNorm, globalNorm, adamSlots, momentumSlots, tf } from '../../tensor';
import type { StepContext } from '../../tensor';
import type { Schedule } from '../../../core/plan/schedule';

/** What of a schedule decides an update. */
export type OptimizerSettings = Pick<Schedule, 'optimizer' | 'weightDecay' | 'clipNorm'>;

/** What makes the state, all zero, that an optimizer has beside the named weights. */
export const optimizerSlots = { sgd: momentumSlots, adam: adamSlots } as const satisfies Record<
  OptimizerSettings['optimizer']['type'],
  unknown
>;

export interface Update {
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
  /** Names with L2 regularisation: wd · Σw² / 2 is part of what is minimised. */
  readonly decayed: ReadonlySet<string>;
  readonly learningRate: tf.Tensor;
  /** 1 for the first update. */
  readonly updateNumber: tf.Tensor;
  /** The norm costs a pass over all gradients. */
  readonly withNorm: boolean;
}

/**
 * L2, clipping by global norm, and the optimizer's update of the state, in this order.
 * @returns the gradients' norm, L2 included, before clipping; undefined when neither clipping nor the caller needs it
 * @source tensorflow/tpu, models/official/detection, modeling/{base_model,optimizers}.py
 */
export function applyUpdate(
  context: StepContext,
  settings: OptimizerSettings,
  update: Update,
): tf.Scalar | undefined {
  let gradients = withDecay(context, settings, update);
  let norm: tf.Scalar | undefined;
  if (settings.clipNorm !== undefined) {
    ({ gradients, norm } = clipByGlobalNorm(gradients, settings.clipNorm));
  } else if (update.withNorm) {
    norm = globalNorm(gradients);
  }
  const { learningRate, updateNumber } = update;
  const { optimizer } = settings;
  for (const [name, gradient] of Object.entries(gradients)) {
    switch (optimizer.type) {
      case 'sgd': {
        const { momentum, nesterov } = optimizer;
        context.applyMomentum(name, gradient, { learningRate, momentum, nesterov });
        break;
      }
      case 'adam': {
        const { beta1, beta2, epsilon } = optimizer;
        context.applyAdam(name, gradient, { learningRate, updateNumber, beta1, beta2, epsilon });
        break;
      }
    }
  }
  return norm;
}

function withDecay(
  context: StepContext,
  { weightDecay }: OptimizerSettings,
  { gradients, decayed }: Update,
): Record<string, tf.Tensor> {
  if (weightDecay === 0) return { ...gradients };
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [
      name,
      decayed.has(name) ? tf.add(gradient, tf.mul(context.get(name), weightDecay)) : gradient,
    ]),
  );
}
