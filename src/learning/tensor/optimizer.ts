import { type HostTensor, type HostTensors, hostZeros } from './host-tensor';
import { type AdamOptions, type MomentumOptions } from './step';
import { unknownName } from './step-checks';
import { tf } from './tf';

export const momentumSlot = (name: string): string => `${name}:momentum`;
export const adamFirstSlot = (name: string): string => `${name}:adam-m`;
export const adamSecondSlot = (name: string): string => `${name}:adam-v`;

/** State entries that `applyMomentum` needs for the named weights, all zero. */
export const momentumSlots = slotsFor([momentumSlot]);

/** State entries that `applyAdam` needs for the named weights, all zero. */
export const adamSlots = slotsFor([adamFirstSlot, adamSecondSlot]);

function slotsFor(kinds: readonly ((name: string) => string)[]) {
  return (weights: HostTensors, names: readonly string[]): Record<string, HostTensor> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const weight = weights[name];
        if (weight === undefined) throw unknownName(name, Object.keys(weights));
        return kinds.map((kind) => [kind(name), hostZeros(weight.shape)] as const);
      }),
    );
}

export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** One update of TensorFlow's `ResourceApplyMomentum`, composed. */
export function momentumUpdate(
  weight: tf.Tensor,
  slot: tf.Tensor,
  gradient: tf.Tensor,
  options: MomentumOptions,
) {
  const accumulated = tf.add(tf.mul(slot, options.momentum), gradient);
  const direction =
    options.nesterov === true ? tf.add(gradient, tf.mul(accumulated, options.momentum)) : accumulated;
  return { weight: tf.sub(weight, tf.mul(direction, options.learningRate)), slot: accumulated };
}

/** One update of TensorFlow's `ResourceApplyAdam`, composed. */
export function adamUpdate(
  weight: tf.Tensor,
  slots: { m: tf.Tensor; v: tf.Tensor },
  gradient: tf.Tensor,
  options: AdamOptions,
) {
  const { beta1, beta2, epsilon } = { ...adamDefaults, ...options };
  const power = (beta: number) => tf.pow(tf.scalar(beta), options.updateNumber);
  const rate = tf.div(
    tf.mul(options.learningRate, tf.sqrt(tf.sub(1, power(beta2)))),
    tf.sub(1, power(beta1)),
  );
  const m = tf.add(slots.m, tf.mul(tf.sub(gradient, slots.m), 1 - beta1));
  const v = tf.add(slots.v, tf.mul(tf.sub(tf.square(gradient), slots.v), 1 - beta2));
  return { weight: tf.sub(weight, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon))), m, v };
}
