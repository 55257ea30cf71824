import { tf } from '../../tensor';
import type { HostTensor, HostTensors, StepContext } from '../../tensor';

/** Name in the state of a weight's moving average. */
export const averageName = (name: string) => `${name}:average`;

/** State for the averages, which begin as the weights themselves. */
export function averagedWeights(weights: HostTensors, names: readonly string[]): Record<string, HostTensor> {
  return Object.fromEntries(names.map((name) => [averageName(name), weights[name]!]));
}

/** Moves the averages of the named weights towards what the update made of them. */
export function moveAverages(context: StepContext, names: readonly string[], decay: tf.Tensor): void {
  for (const name of names) {
    const old = context.get(averageName(name));
    context.assign(
      averageName(name),
      tf.add(tf.mul(tf.sub(old, context.get(name)), decay), context.get(name)),
    );
  }
}

/**
 * Share of the old average that stays after step `step`, counted from 0.
 * @source tf.train.ExponentialMovingAverage with num_updates
 */
export function averageDecay(decay: number, step: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}
