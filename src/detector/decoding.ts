import { decodeBoxes } from './box-coder';
import { softSuppress, suppress } from './nms';
import type { DetectorSpec } from './spec';

export type InferenceSettings = DetectorSpec['inference'];

/** One picture's detections, sorted by falling score; D rows. */
export interface DecodedDetections {
  /** [D, 4] yMin, xMin, yMax, xMax in pixels of the network's input. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  /** Index of the logits' class column. */
  readonly classes: Int32Array;
}

/** What the network says of one picture, and where it may say it. */
export interface PictureOutputs {
  /** [N, 4] */
  readonly anchors: Float32Array;
  /** [N, K] */
  readonly logits: Float32Array;
  /** [N, 4] */
  readonly boxCodes: Float32Array;
  /** Size of the picture inside the padded input: boxes are clipped to it. */
  readonly imageShape: { readonly height: number; readonly width: number };
}

/**
 * Sigmoid scores strictly above the threshold, the best `preNmsTopK` of each class, suppression within each class,
 * the best `maxDetections` of each class and then of all. Equal scores keep the order of anchors, then of classes.
 * @param firstClass columns before it are no detections (the reference code's class 0 is the background)
 */
export function decodeDetections(
  outputs: PictureOutputs,
  settings: InferenceSettings,
  firstClass = 0,
): DecodedDetections {
  const anchorCount = outputs.anchors.length / 4;
  const classCount = outputs.logits.length / anchorCount;
  const found: { score: number; box: readonly number[]; class: number }[] = [];
  for (let k = firstClass; k < classCount; k++) {
    const rows = candidates(outputs.logits, classCount, k, settings);
    if (rows.length === 0) continue;
    const boxes = decodeBoxes(outputs.anchors, outputs.boxCodes, outputs.imageShape, {
      decoding: settings.boxDecoding,
      maxSizeRatio: settings.maxSizeRatio,
      rows,
    });
    const scores = Float32Array.from(rows, (row) => sigmoid(outputs.logits[row * classCount + k]!));
    for (const { row, score } of suppressed(boxes, scores, settings)) {
      found.push({ score, box: [...boxes.subarray(4 * row, 4 * row + 4)], class: k });
    }
  }
  const best = found.sort((a, b) => b.score - a.score).slice(0, settings.maxDetections);
  return {
    boxes: Float32Array.from(best.flatMap(({ box }) => box)),
    scores: Float32Array.from(best, ({ score }) => score),
    classes: Int32Array.from(best, (detection) => detection.class),
  };
}

function suppressed(
  boxes: Float32Array,
  scores: Float32Array,
  { nmsIou, softNmsSigma: sigma, scoreThreshold, maxDetections }: InferenceSettings,
): { row: number; score: number }[] {
  return sigma === undefined
    ? suppress(boxes, nmsIou, maxDetections).map((row) => ({ row, score: scores[row]! }))
    : softSuppress(boxes, scores, { sigma, minScore: scoreThreshold, maxKept: maxDetections });
}

/** Anchors of one class above the threshold, by falling logit (the same order as by score, without its ties near 1). */
function candidates(
  logits: Float32Array,
  classCount: number,
  k: number,
  settings: InferenceSettings,
): number[] {
  const rows: number[] = [];
  // Nearly all anchors fall here, without an exponential.
  const surelyBelow = logit(settings.scoreThreshold) - 1e-3;
  for (let n = 0, o = k; o < logits.length; n++, o += classCount) {
    if (logits[o]! > surelyBelow && sigmoid(logits[o]!) > settings.scoreThreshold) rows.push(n);
  }
  return rows
    .sort((a, b) => logits[b * classCount + k]! - logits[a * classCount + k]! || a - b)
    .slice(0, settings.preNmsTopK);
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** −∞ for a threshold of 0 and below. */
function logit(probability: number): number {
  return probability <= 0 ? -Infinity : Math.log(probability / (1 - probability));
}
