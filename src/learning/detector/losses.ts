import { oneHot, tf } from '../tensor';
import { sigmoidFocalLoss } from '../tensor/fused/losses';
import { customGradient } from '../tensor/gradients';
import { ignored } from './matching';
import type { DetectorSpec } from '../../core/plan/detector-spec';

export type LossSettings = DetectorSpec['loss'];

/** Outputs of the heads and their targets; N anchors, K classes. */
export interface DetectionBatch {
  /** [B, N, K] */
  readonly logits: tf.Tensor3D;
  /** [B, N, 4] */
  readonly boxCodes: tf.Tensor3D;
  /** int32 [B, N]: class index, −1 background, −2 no loss. */
  readonly classTargets: tf.Tensor2D;
  /** [B, N, 4], 0 where nothing is matched */
  readonly boxTargets: tf.Tensor3D;
  /** [B, N] confidence s of the anchor's label: it is an object with weight s, background with 1 − s. Absent: 1. */
  readonly scores?: tf.Tensor2D;
}

export interface DetectionLosses {
  /** classLoss + boxWeight · boxLoss */
  readonly total: tf.Scalar;
  readonly classLoss: tf.Scalar;
  /** Before its weight. */
  readonly boxLoss: tf.Scalar;
  readonly positives: tf.Scalar;
}

/** The batch that a pass is a part of: its losses add up to what the whole batch would have had in one pass. */
export interface WholeBatch {
  /** Positive anchors of all passes. */
  readonly positives: tf.Scalar;
  /** The mean over so many passes is the whole's loss. */
  readonly passes: number;
}

/**
 * Focal and Huber losses of RetinaNet, summed and divided by P = positives of the batch + 1 (the box loss by 4P),
 * or both by max(positives, 1), depending on `normaliser`.
 * @source arXiv 1708.02002, eq. 5; tensorflow/tpu, models/official/detection, modeling/losses.py
 * @param whole where the batch is one of several passes
 */
export function detectionLosses(
  batch: DetectionBatch,
  settings: LossSettings,
  whole?: WholeBatch,
): DetectionLosses {
  const { classTargets, boxTargets, logits, boxCodes, scores } = batch;
  const positives: tf.Scalar = whole?.positives ?? countPositives(classTargets, scores);
  const perPass = (divisor: tf.Scalar): tf.Scalar =>
    whole === undefined ? divisor : tf.mul(divisor, 1 / whole.passes);
  const [classDivisor, boxDivisor] =
    settings.normaliser === 'positives+1'
      ? [perPass(tf.add(positives, 1)), perPass(tf.mul(tf.add(positives, 1), 4))]
      : [perPass(tf.maximum(positives, 1)), perPass(tf.maximum(positives, 1))];
  const classLoss: tf.Scalar = tf.div(focalLossSum(logits, classTargets, settings, scores), classDivisor);
  const boxLoss: tf.Scalar = tf.div(
    huberLossSum(boxCodes, boxTargets, settings.huberDelta, scores),
    boxDivisor,
  );
  const total: tf.Scalar = tf.add(classLoss, tf.mul(boxLoss, settings.boxWeight));
  return { total, classLoss, boxLoss, positives };
}

function countPositives(classTargets: tf.Tensor2D, scores: tf.Tensor2D | undefined): tf.Scalar {
  const isPositive = tf.cast(tf.greaterEqual(classTargets, 0), 'float32');
  return tf.sum(scores === undefined ? isPositive : tf.mul(isPositive, scores));
}

/**
 * Σ over all anchors and classes that have a loss; the target of every class is 0 for background. With scores s the
 * expected loss of an object that is there with probability s: s · FL(y) + (1 − s) · FL(0).
 */
function focalLossSum(
  logits: tf.Tensor3D,
  classTargets: tf.Tensor2D,
  { focalAlpha: alpha, focalGamma: gamma }: LossSettings,
  scores?: tf.Tensor2D,
): tf.Scalar {
  const hot = oneHot(tf.cast(classTargets, 'int32'), logits.shape[2]);
  const counts = tf.expandDims(tf.cast(tf.notEqual(classTargets, ignored), 'float32'), 2);
  if (scores === undefined) return tf.sum(tf.mul(sigmoidFocalLoss(logits, hot, { alpha, gamma }), counts));
  const s = tf.expandDims(scores, 2);
  const asObject = tf.mul(sigmoidFocalLoss(logits, hot, { alpha, gamma }), s);
  const asBackground = tf.mul(sigmoidFocalLoss(logits, tf.zerosLike(hot), { alpha, gamma }), tf.sub(1, s));
  return tf.sum(tf.mul(tf.add(asObject, asBackground), counts));
}

/**
 * Σ of d²/2 up to δ and δ · (|d| − δ/2) beyond, over all elements whose target is not exactly 0.
 * Written with `minimum`, as comparisons have no gradient.
 */
function huberLossSum(
  codes: tf.Tensor3D,
  targets: tf.Tensor3D,
  delta: number,
  scores?: tf.Tensor2D,
): tf.Scalar {
  const counts = tf.cast(tf.notEqual(targets, 0), 'float32');
  if (scores !== undefined) {
    const size = tf.abs(tf.mul(tf.sub(codes, targets), counts));
    const inner = tf.minimum(size, delta);
    const elements = tf.mul(inner, tf.sub(size, tf.mul(inner, 0.5)));
    return tf.sum(tf.mul(elements, tf.expandDims(scores, 2)));
  }
  return customGradient([codes, targets, counts], (save) => {
    const difference = tf.mul(tf.sub(codes, targets), counts);
    const size = tf.abs(difference);
    const inner = tf.minimum(size, delta);
    save([difference]);
    return {
      // inner · (|d| − inner/2) is d²/2 inside, δ(|d| − δ/2) outside
      value: tf.sum(tf.mul(inner, tf.sub(size, tf.mul(inner, 0.5)))),
      gradFunc: (upstream, saved) => {
        const [difference] = saved as [tf.Tensor];
        const none = tf.zerosLike(difference);
        return [tf.mul(tf.clipByValue(difference, -delta, delta), upstream), none, none];
      },
    };
  });
}
