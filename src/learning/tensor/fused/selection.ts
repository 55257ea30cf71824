import { nativeBackend } from '../backend';
import { execute, executeOne } from '../native/execute';
import { tf } from '../tf';

/**
 * Rows of `x` by their indices, as `tf.gather` along axis 0, or along axis 1 with `batchDims: 1`. Unlike `tf.gather` it reads
 * no index back, so that it can be compiled. Not differentiable. Indices must be in range.
 */
export function gatherRows(x: tf.Tensor, indices: tf.Tensor, batchDims: 0 | 1 = 0): tf.Tensor {
  const backend = nativeBackend();
  if (backend === undefined) return tf.gather(x, indices, batchDims, batchDims);
  const attributes = {
    batch_dims: { int: batchDims },
    Tparams: { type: x.dtype },
    Tindices: { type: 'int32' },
    Taxis: { type: 'int32' },
  } as const;
  return withoutGradient('gatherRows', x, (x) =>
    executeOne(backend, 'GatherV2', [x, indices, tf.scalar(batchDims, 'int32')], attributes),
  );
}

export interface SuppressionOptions {
  readonly maxPerClass: number;
  readonly maxTotal: number;
  readonly iouThreshold: number;
  readonly scoreThreshold: number;
}

export interface Suppressed {
  /** [batch, maxTotal, 4], rows after `counts` are zero. */
  readonly boxes: tf.Tensor3D;
  /** [batch, maxTotal], descending. */
  readonly scores: tf.Tensor2D;
  /** [batch, maxTotal], the class as a float. */
  readonly classes: tf.Tensor2D;
  /** [batch], int32: how many rows are detections. */
  readonly counts: tf.Tensor1D;
}

/**
 * Greedy non-maximum suppression for each class of each image, then the best of all classes.
 * @param boxes [batch, n, 4] for all classes, or [batch, n, classes, 4]; (y1, x1, y2, x2), any unit
 * @param scores [batch, n, classes]
 */
export function suppressByClass(
  boxes: tf.Tensor3D | tf.Tensor4D,
  scores: tf.Tensor3D,
  options: SuppressionOptions,
): Suppressed {
  const boxes4 = boxes.rank === 3 ? tf.expandDims<tf.Tensor4D>(boxes, 2) : (boxes as tf.Tensor4D);
  const backend = nativeBackend();
  if (backend === undefined) return composedSuppressByClass(boxes4, scores, options);
  const [keptBoxes, keptScores, classes, counts] = execute(
    backend,
    'CombinedNonMaxSuppression',
    [
      boxes4,
      scores,
      tf.scalar(options.maxPerClass, 'int32'),
      tf.scalar(options.maxTotal, 'int32'),
      tf.scalar(options.iouThreshold),
      tf.scalar(options.scoreThreshold),
    ],
    { pad_per_class: false, clip_boxes: false },
    4,
  );
  return {
    boxes: keptBoxes as tf.Tensor3D,
    scores: keptScores as tf.Tensor2D,
    classes: classes as tf.Tensor2D,
    counts: counts as tf.Tensor1D,
  };
}

interface Detection {
  readonly box: readonly number[];
  readonly score: number;
  readonly category: number;
}

/** For backends without the combined operation; reads values back. */
export function composedSuppressByClass(
  boxes: tf.Tensor4D,
  scores: tf.Tensor3D,
  options: SuppressionOptions,
): Suppressed {
  const { maxTotal } = options;
  const allBoxes = boxes.arraySync();
  const allScores = scores.arraySync();
  const images = allBoxes.map((imageBoxes, image) => detections(imageBoxes, allScores[image]!, options));
  const padded = <T>(pick: (detection: Detection) => T, empty: T) =>
    images.map((found) =>
      Array.from({ length: maxTotal }, (_, i) => (found[i] === undefined ? empty : pick(found[i]))),
    );
  const batch = images.length;
  return {
    boxes: tf.tensor3d(
      padded(({ box }) => [...box], [0, 0, 0, 0]),
      [batch, maxTotal, 4],
    ),
    scores: tf.tensor2d(
      padded(({ score }) => score, 0),
      [batch, maxTotal],
    ),
    classes: tf.tensor2d(
      padded(({ category }) => category, 0),
      [batch, maxTotal],
    ),
    counts: tf.tensor1d(
      images.map((found) => found.length),
      'int32',
    ),
  };
}

function detections(boxes: number[][][], scores: number[][], options: SuppressionOptions): Detection[] {
  const classes = scores[0]?.length ?? 0;
  const found = Array.from({ length: classes }, (_, category) => {
    const own = boxes.map((row) => row[row.length === 1 ? 0 : category]!);
    const ownScores = scores.map((row) => row[category]!);
    const selected = tf.tidy(() =>
      tf.image
        .nonMaxSuppression(own, ownScores, options.maxPerClass, options.iouThreshold, options.scoreThreshold)
        .dataSync(),
    );
    return Array.from(selected, (i) => ({ box: own[i]!, score: ownScores[i]!, category }));
  });
  return found
    .flat()
    .sort((a, b) => b.score - a.score)
    .slice(0, options.maxTotal);
}

/** Fails where a gradient is asked for, rather than to give none. */
function withoutGradient(name: string, x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.customGrad((x) => ({
    value: f(x as tf.Tensor),
    gradFunc: () => {
      throw new Error(`${name} has no gradient`);
    },
  }))(x);
}
