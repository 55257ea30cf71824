import { createRandom } from '../../../contract';
import { forward } from '../../detector/network';
import type { HeadSpec } from '../../../core/plan/head-spec';
import type { NetworkWeights } from '../../detector/weights';
import { type HostTensor, hostTensor, oneHot, type StepContext, tf } from '../../tensor';
import { softmaxCrossEntropy } from '../../tensor/fused/losses';
import { isFrozenNorm, withFixed } from './trainable';
import type { TrainingSetUp } from './training-set-up';

const keyName = (name: string) => `${name}:key`;
const QUEUE = 'contrast:queue';

/** The contrastive head with a queue, which is then the only part of the step. */
export function queueOf({
  parts,
}: TrainingSetUp): (HeadSpec & { queue: number; momentum: number }) | undefined {
  const head = parts[0]?.head;
  const { queue, momentum } = head ?? {};
  return head === undefined || queue === undefined || momentum === undefined
    ? undefined
    : { ...head, queue, momentum };
}

/** State of the moving average, which begins as the network itself, and of the queue, which begins as random directions. */
export function momentumState(
  setUp: TrainingSetUp,
  weights: NetworkWeights,
  trainable: readonly string[],
): Record<string, HostTensor> {
  const head = queueOf(setUp);
  if (head === undefined) return {};
  const random = createRandom('contrast/queue');
  const rows = Array.from({ length: head.queue }, () =>
    direction(head.categories, random.normal.bind(random)),
  );
  return {
    ...Object.fromEntries(trainable.map((name) => [keyName(name), weights[name]!])),
    [QUEUE]: hostTensor(Float32Array.from(rows.flat()), [head.queue, head.categories]),
  };
}

function direction(length: number, normal: () => number): number[] {
  const values = Array.from({ length }, () => normal());
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

/**
 * Momentum contrast: the first view of each image must find the second one, seen by the moving average of the network,
 * among the views that earlier steps left in the queue. Loss: mean of −log softmax([q·k, q·queue] / temperature) at k.
 * @source He et al., arXiv 1911.05722, equations 1 and 2, algorithm 1; without its shuffling of batch norm, which hides
 * nothing on one device
 */
export function momentumContrast(
  context: StepContext,
  setUp: TrainingSetUp,
  trainable: readonly string[],
): { figures: Record<string, tf.Tensor>; gradients: Record<string, tf.Tensor> } {
  const { spec, schedule, parts } = setUp;
  const head = queueOf(setUp)!;
  const { temperature = 0.1, queue: length, momentum } = head;
  const imageCount = parts[0]!.images / 2;
  const images = context.inputs.images as tf.Tensor4D;
  const branches = context.inputs.branches as tf.Tensor2D | undefined;
  const view = (
    weights: Readonly<Record<string, tf.Tensor>>,
    first: number,
    moved: (name: string, value: tf.Tensor) => void,
  ): tf.Tensor2D => {
    const pass = {
      parameters: withFixed(context, setUp, weights),
      training: true,
      branches: branches && tf.slice(branches, [first], [imageCount]),
      isFrozen: (layer: string) => isFrozenNorm(spec, schedule.freeze, layer),
      moved,
    };
    const rows = tf.slice(images, [first], [imageCount]);
    const [output] = forward(pass, rows, [{ head, images: imageCount }], spec);
    if (output?.type !== 'contrastive') throw new TypeError('no contrastive head');
    return unit(output.projections);
  };

  for (const name of trainable) {
    const old = context.get(keyName(name));
    const now = context.get(name);
    context.assign(keyName(name), tf.add(tf.mul(tf.sub(old, now), momentum), now));
  }
  // Outside of the gradients: nothing flows back into the keys.
  const keyWeights = Object.fromEntries(trainable.map((name) => [name, context.get(keyName(name))]));
  const keys = view(keyWeights, imageCount, () => undefined);
  const queue = context.get(QUEUE) as tf.Tensor2D;
  const { loss, gradients, auxiliary } = context.gradients(trainable, (weights) => {
    const queries = view(weights, 0, (name, value) => context.assign(name, value));
    const positive = tf.sum(tf.mul(queries, keys), 1, true);
    const negatives = tf.matMul(queries, queue, false, true);
    const logits = tf.mul<tf.Tensor2D>(tf.concat([positive, negatives], 1), 1 / temperature);
    const first = oneHot<tf.Tensor2D>(tf.tensor1d(new Int32Array(imageCount)), length + 1);
    const contrast = tf.mean<tf.Scalar>(softmaxCrossEntropy(logits, first));
    const weight = parts[0]!.weight;
    return {
      loss: weight === 1 ? contrast : tf.mul<tf.Scalar>(contrast, weight),
      auxiliary: { 'loss.0': contrast },
    };
  });
  context.assign(QUEUE, enqueue(queue, keys));
  return { figures: { loss, ...auxiliary }, gradients };
}

/** The queue with the newest keys in front, its oldest dropped. */
function enqueue(queue: tf.Tensor2D, keys: tf.Tensor2D): tf.Tensor {
  const [length, categories] = queue.shape;
  const rest = Math.max(0, length - keys.shape[0]);
  const latest = tf.slice(keys, [0, 0], [Math.min(length, keys.shape[0]), categories]);
  return rest === 0 ? latest : tf.concat([latest, tf.slice(queue, [0, 0], [rest, categories])], 0);
}

/** Rows of length 1. */
function unit(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(rows, tf.rsqrt(tf.maximum(tf.sum(tf.square(rows), 1, true), 1e-12)));
}
