import { adamSlots, createState, hostTensor, hostZeros, softmaxCrossEntropy, tf } from '../tensor';

/** Features of images, [count, dimensions], and the class of each. */
export interface LabelledFeatures {
  readonly features: Float32Array;
  readonly labels: Int32Array;
}

const iterations = 300;
const learningRate = 0.05;
/** Of λ/2 · Σ w², beside the mean loss of an image. */
const penalty = 1e-3;

/**
 * Multinomial logistic regression on features that stay as they are: what a linear classifier can read from a backbone. Features
 * are scaled to mean 0 and deviation 1 by the training images; the convex loss is minimised by Adam over all of them at
 * once, from zeros: no random numbers, no settings to choose.
 *
 * @returns the most probable class of each held-out image
 */
export async function linearProbe(
  train: LabelledFeatures,
  heldOut: Pick<LabelledFeatures, 'features'>,
  { dimensions, classes }: { readonly dimensions: number; readonly classes: number },
): Promise<Int32Array> {
  const scale = scaling(train.features, dimensions);
  const values = { weights: hostZeros([dimensions, classes]), bias: hostZeros([classes]) };
  const state = createState({
    ...values,
    ...adamSlots(values, ['weights', 'bias']),
    // In the state, so that they are copied to the device once.
    x: hostTensor(scale(train.features), [train.labels.length, dimensions]),
    y: oneHot(train.labels, classes),
  });
  const logits = (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor) => tf.add<tf.Tensor2D>(tf.matMul(x, w), bias);
  const step = state.createStep({
    name: 'linear-probe',
    run({ get, inputs, gradients, applyAdam }) {
      const [x, y] = [get('x'), get('y') as tf.Tensor2D];
      const { loss, gradients: found } = gradients(['weights', 'bias'], ({ weights, bias }) => ({
        loss: tf.add(
          tf.mean(softmaxCrossEntropy(logits(x, weights!, bias!), y)),
          tf.mul(tf.sum(tf.square(weights!)), penalty / 2),
        ),
        auxiliary: {},
      }));
      const options = { learningRate: inputs.learningRate!, updateNumber: inputs.updateNumber! };
      for (const name of ['weights', 'bias']) applyAdam(name, found[name]!, options);
      return { loss };
    },
  });
  for (let t = 1; t <= iterations; t++) {
    // The last steps go down to zero: Adam would circle around the minimum otherwise.
    const rate = (learningRate * (1 + Math.cos((Math.PI * (t - 1)) / iterations))) / 2;
    await step.run({ learningRate: rate, updateNumber: t });
  }
  const classify = state.createStep({
    name: 'linear-probe-classes',
    run: ({ get, inputs }) => ({
      classes: tf.argMax(logits(inputs.x!, get('weights'), get('bias')), 1),
    }),
  });
  const x = hostTensor(scale(heldOut.features), [heldOut.features.length / dimensions, dimensions]);
  const { classes: named } = await classify.run({ x });
  state.dispose();
  return Int32Array.from(named!.values);
}

function oneHot(labels: Int32Array, classes: number) {
  const values = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (values[i * classes + label] = 1));
  return hostTensor(values, [labels.length, classes]);
}

/** Multiply-adds counted as 2: two products of a step, each over all images, and one over the held-out ones. */
export function linearProbeFlops(
  train: number,
  heldOut: number,
  dimensions: number,
  classes: number,
): number {
  return 2 * dimensions * classes * (2 * iterations * train + heldOut);
}

/** Brings features to mean 0 and deviation 1 of these; dimensions that never change become 0. */
function scaling(features: Float32Array, dimensions: number): (values: Float32Array) => Float32Array {
  const count = features.length / dimensions;
  const mean = new Float64Array(dimensions);
  const square = new Float64Array(dimensions);
  features.forEach((value, at) => (mean[at % dimensions]! += value / count));
  features.forEach(
    (value, at) => (square[at % dimensions]! += (value - mean[at % dimensions]!) ** 2 / count),
  );
  const factor = square.map((variance) => (variance > 1e-20 ? 1 / Math.sqrt(variance) : 0));
  return (values) => values.map((value, at) => (value - mean[at % dimensions]!) * factor[at % dimensions]!);
}
