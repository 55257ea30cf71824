import { nativeBackend } from '../backend';
import { customGradient, release } from '../gradients';
import { execute } from '../native/execute';
import { activationNumbers, type FusedActivation, ownOperations } from '../native/own-operations';
import { tf } from '../tf';
import { activations } from './activations';

export interface BatchNormOptions {
  readonly epsilon: number;
}

/** The activation after a batch norm; `none` for one without. */
export interface FusedBatchNormOptions extends BatchNormOptions {
  readonly activation: FusedActivation;
}

export interface BatchNormResult {
  /** Normalised, scaled and shifted; the shape of the input. */
  readonly y: tf.Tensor4D;
  /** Mean of the batch, [channels]. */
  readonly mean: tf.Tensor1D;
  /** Variance of the batch with Bessel's correction (n − 1), [channels]: what moving averages are made of. */
  readonly variance: tf.Tensor1D;
}

const type = { type: 'float32' } as const;

/**
 * Batch normalisation with the statistics of this batch (Ioffe and Szegedy 2015), differentiable by x, gamma and
 * beta. The moving averages are the caller's: mean and variance carry no gradient.
 * @param x [batch, height, width, channels]
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  options: BatchNormOptions,
): BatchNormResult {
  const backend = nativeBackend();
  if (backend === undefined) return composedBatchNormTraining(x, gamma, beta, options);
  const attributes = { T: type, U: type, epsilon: options.epsilon, data_format: 'NHWC', is_training: true };
  return withStatistics([x, gamma, beta], (save) => {
    const none = tf.tensor1d([], 'float32');
    const [y, mean, variance, ...reserved] = execute(
      backend,
      'FusedBatchNormV3',
      [x, gamma, beta, none, none],
      { ...attributes, exponential_avg_factor: 1 },
      6,
    ) as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
    save([x, gamma, ...reserved]);
    return {
      value: y,
      statistics: [mean, variance],
      gradFunc: (dy, saved) => {
        const [x, gamma, ...reserved] = saved;
        return execute(backend, 'FusedBatchNormGradV3', [dy, x!, gamma!, ...reserved], attributes, 5).slice(
          0,
          3,
        );
      },
    };
  });
}

type CustomBatchNorm = ReturnType<Parameters<typeof customGradient>[1]> & {
  readonly statistics: readonly [mean: tf.Tensor, variance: tf.Tensor];
};

/** A custom gradient has one output: the statistics are passed beside it, and would be disposed otherwise. */
function withStatistics(
  inputs: readonly tf.Tensor[],
  f: (save: (tensors: tf.Tensor[]) => void) => CustomBatchNorm,
): BatchNormResult {
  let kept: tf.Tensor[] = [];
  const y = customGradient<tf.Tensor4D>(inputs, (save) => {
    const { statistics, ...custom } = f(save);
    kept = statistics.map((tensor) => tf.keep(tensor));
    return custom;
  });
  const [mean, variance] = kept.map(release) as [tf.Tensor1D, tf.Tensor1D];
  return { y, mean, variance };
}

/**
 * The same, and the activation of its result, in one operation where there is one: a map is read and written half as
 * often, and what the activation's gradient needs is recomputed rather than stored.
 */
export function batchNormActivation(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  { epsilon, activation }: FusedBatchNormOptions,
): BatchNormResult {
  const backend = ownOperations();
  if (backend === undefined) {
    const { y, ...statistics } = batchNormTraining(x, gamma, beta, { epsilon });
    return { y: activation === 'none' ? y : activations[activation](y), ...statistics };
  }
  const attributes = { activation: { int: activationNumbers[activation] } };
  return withStatistics([x, gamma, beta], (save) => {
    const outputs = execute(backend, 'RethinkBatchNorm', [x, gamma, beta], { ...attributes, epsilon }, 4);
    const [y, mean, variance, inverse] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    save([x, gamma, beta, mean, inverse]);
    return {
      value: y,
      statistics: [mean.clone(), variance],
      gradFunc: (dy, saved) => execute(backend, 'RethinkBatchNormGrad', [dy, ...saved], attributes, 3),
    };
  });
}

export function composedBatchNormTraining(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  { epsilon }: BatchNormOptions,
): BatchNormResult {
  const mean = tf.mean<tf.Tensor1D>(x, [0, 1, 2]);
  const centred = tf.sub(x, mean);
  const biased = tf.mean<tf.Tensor1D>(tf.square(centred), [0, 1, 2]);
  const y = tf.add<tf.Tensor4D>(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(biased, epsilon)), gamma)), beta);
  const count = x.size / x.shape[3];
  return { y, mean, variance: tf.mul(biased, count / Math.max(count - 1, 1)) };
}

/**
 * Batch normalisation with given statistics: for inference, and for training with frozen batch norm. Differentiable
 * by x, gamma and beta.
 */
export function batchNormInference(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  { epsilon }: BatchNormOptions,
): tf.Tensor4D {
  const backend = nativeBackend();
  if (backend === undefined) return composedBatchNormInference(x, gamma, beta, mean, variance, { epsilon });
  const attributes = { T: type, U: type, epsilon, data_format: 'NHWC', is_training: false };
  return customGradient([x, gamma, beta], (save) => {
    const [y] = execute(backend, 'FusedBatchNormV3', [x, gamma, beta, mean, variance], attributes, 6);
    save([x, gamma, mean, variance]);
    return {
      value: y!,
      gradFunc: (dy, saved) => {
        const [x, gamma, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const inverse = tf.rsqrt(tf.add(variance, epsilon));
        return [
          tf.mul(dy, tf.mul(inverse, gamma)),
          tf.sum(tf.mul(dy, tf.mul(tf.sub(x, mean), inverse)), [0, 1, 2]),
          tf.sum(dy, [0, 1, 2]),
        ];
      },
    };
  });
}

export function composedBatchNormInference(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  { epsilon }: BatchNormOptions,
): tf.Tensor4D {
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
}
