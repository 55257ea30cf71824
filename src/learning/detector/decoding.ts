import { decodeBoxes } from './box-coder';
import { sortedDescending } from './sort-descending';
import { type CornerBox, softSuppress, Suppression } from './nms';
import type { DetectorSpec } from '../../core/plan/detector-spec';

export type InferenceSettings = DetectorSpec['inference'];

/** One image's detections, by descending score; D rows. */
export interface DecodedDetections {
  /** [D, 4] yMin, xMin, yMax, xMax in pixels of the network's input. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  /** Index of the logits' class column. */
  readonly classes: Int32Array;
}

/** The network's outputs for one image. */
export interface ImageOutputs {
  /** [N, 4] */
  readonly anchors: Float32Array;
  /** [N, K] */
  readonly logits: Float32Array;
  /** [N, 4] */
  readonly boxCodes: Float32Array;
  /** Size of the image inside the padded input: boxes are clipped to it. */
  readonly imageShape: { readonly height: number; readonly width: number };
}

interface Detection {
  readonly box: CornerBox;
  /** Of float32. */
  readonly score: number;
  readonly class: number;
}

/**
 * Sigmoid scores strictly above the threshold, the best `preNmsTopK` of each class, suppression within each class,
 * the best `maxDetections` of each class and then of all. Within a class a higher logit comes first and equal ones
 * keep the order of anchors; equal scores of several classes keep the order of classes.
 * @param firstClass columns before it are not detections (the reference code's class 0 is the background)
 */
export function decodeDetections(
  outputs: ImageOutputs,
  settings: InferenceSettings,
  firstClass = 0,
): DecodedDetections {
  const candidates = eachCandidate(outputs, settings, firstClass);
  const found =
    settings.softNmsSigma === undefined
      ? suppressHard(candidates, settings)
      : suppressSoftly(candidates, settings, settings.softNmsSigma);
  const best = found.sort((a, b) => b.score - a.score || a.class - b.class).slice(0, settings.maxDetections);
  return {
    boxes: Float32Array.from(best.flatMap(({ box }) => Array.from(box))),
    scores: Float32Array.from(best, ({ score }) => score),
    classes: Int32Array.from(best, (detection) => detection.class),
  };
}

/** All classes at once, so that it ends where the best of all are known. */
function suppressHard(
  candidates: Iterable<Detection>,
  { nmsIou, maxDetections }: InferenceSettings,
): Detection[] {
  const byClass = new Map<number, Suppression>();
  const found: Detection[] = [];
  for (const candidate of candidates) {
    // All candidates of equal score are considered: classes order them.
    if (candidate.score < (found[maxDetections - 1]?.score ?? -Infinity)) break;
    let suppression = byClass.get(candidate.class);
    if (suppression === undefined) {
      suppression = new Suppression(nmsIou);
      byClass.set(candidate.class, suppression);
    }
    if (suppression.keeps(candidate.box)) found.push(candidate);
  }
  return found;
}

function suppressSoftly(
  candidates: Iterable<Detection>,
  { scoreThreshold, maxDetections }: InferenceSettings,
  sigma: number,
): Detection[] {
  const byClass: Detection[][] = [];
  for (const candidate of candidates) (byClass[candidate.class] ??= []).push(candidate);
  return byClass.flatMap((own, category) => {
    const boxes = own.map(({ box }) => box);
    const scores = Float32Array.from(own, ({ score }) => score);
    const options = { sigma, minScore: scoreThreshold, maxKept: maxDetections };
    return softSuppress(boxes, scores, options).map(({ row, score }) => ({
      box: boxes[row]!,
      score,
      class: category,
    }));
  });
}

/** The best `preNmsTopK` above the threshold of each class, by descending logit, decoded on demand. */
function* eachCandidate(
  { anchors, logits, boxCodes, imageShape }: ImageOutputs,
  settings: InferenceSettings,
  firstClass: number,
): Generator<Detection, void> {
  const classCount = logits.length / (anchors.length / 4);
  const { boxDecoding: decoding, maxSizeRatio, preNmsTopK } = settings;
  const seen = new Uint32Array(classCount);
  for (const index of sortedDescending(indicesAbove(logits, settings.scoreThreshold), logits)) {
    const category = index % classCount;
    if (category < firstClass || ++seen[category]! > preNmsTopK) continue;
    const rows = [(index - category) / classCount];
    yield {
      box: decodeBoxes(anchors, boxCodes, imageShape, { decoding, maxSizeRatio, rows }),
      score: Math.fround(scoreOfLogit(logits[index]!)),
      class: category,
    };
  }
}

/** In memory order: iterating class by class takes six times as long. */
function indicesAbove(logits: Float32Array, scoreThreshold: number): number[] {
  const indices: number[] = [];
  // Nearly all are rejected here, without an exponential.
  const surelyBelow = logit(scoreThreshold) - 1e-3;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i]! > surelyBelow && scoreOfLogit(logits[i]!) > scoreThreshold) indices.push(i);
  }
  return indices;
}

export function scoreOfLogit(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** −∞ for a threshold of 0 and below. */
function logit(probability: number): number {
  return probability <= 0 ? -Infinity : Math.log(probability / (1 - probability));
}
