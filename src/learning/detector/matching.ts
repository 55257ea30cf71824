import type { DetectorSpec } from '../../core/plan/detector-spec';

export type MatchingSettings = DetectorSpec['matching'];

/** Marks in class targets beside class indices from 0. */
export const unmatched = -1;
export const ignored = -2;

export interface Matches {
  /** [N] index of the anchor's truth, `unmatched` or `ignored`. */
  readonly truth: Int32Array;
  readonly positives: number;
}

const f = Math.fround;

/**
 * Pairs anchors with truth boxes by IoU: at least `positive` matches, below `negative` is background, between them
 * counts as neither. Equal IoU goes to the lowest truth. With `forceMatch` each truth then takes its best anchor
 * (lowest index on a tie) whatever the IoU, the lowest truth first.
 *
 * All in float32, in the reference's order of operations: a small box inside many anchors has mathematically
 * equal IoU with each, so that rounding picks the winner.
 * @source tensorflow/tpu, models/official/detection, utils/object_detection/{argmax_matcher,box_list_ops}.py
 * @param anchors [N, 4] yMin, xMin, yMax, xMax
 * @param boxes [M, 4] likewise
 */
export function matchAnchors(
  anchors: Float32Array,
  boxes: Float32Array,
  settings: MatchingSettings,
): Matches {
  const anchorCount = anchors.length / 4;
  const truthCount = boxes.length / 4;
  const truth = new Int32Array(anchorCount).fill(unmatched);
  if (truthCount === 0) return { truth, positives: 0 };

  // Anchors that meet no truth have IoU 0 with the first one, as good as with any.
  const bestIou = new Float32Array(anchorCount);
  truth.fill(0);
  const bestAnchor = new Int32Array(truthCount);
  for (let m = 0; m < truthCount; m++) {
    bestAnchor[m] = scanTruth(anchors, boxes, m, bestIou, truth);
  }

  const positive = f(settings.positive);
  const negative = f(settings.negative);
  for (let n = 0; n < anchorCount; n++) {
    if (bestIou[n]! < positive) truth[n] = bestIou[n]! < negative ? unmatched : ignored;
  }
  if (settings.forceMatch) {
    for (let m = truthCount - 1; m >= 0; m--) truth[bestAnchor[m]!] = m;
  }
  let positives = 0;
  for (let n = 0; n < anchorCount; n++) if (truth[n]! >= 0) positives++;
  return { truth, positives };
}

/** Lets one truth compete for every anchor; returns the truth's own best anchor. */
function scanTruth(
  anchors: Float32Array,
  boxes: Float32Array,
  m: number,
  bestIou: Float32Array,
  bestTruth: Int32Array,
): number {
  const yMin = boxes[4 * m]!;
  const xMin = boxes[4 * m + 1]!;
  const yMax = boxes[4 * m + 2]!;
  const xMax = boxes[4 * m + 3]!;
  const area = f(f(yMax - yMin) * f(xMax - xMin));
  let best = 0;
  let bestAnchor = 0;
  for (let n = 0, o = 0; n < bestIou.length; n++, o += 4) {
    const top = anchors[o]!;
    const bottom = anchors[o + 2]!;
    if (top >= yMax || bottom <= yMin) continue;
    const left = anchors[o + 1]!;
    const right = anchors[o + 3]!;
    if (left >= xMax || right <= xMin) continue;
    const height = f((yMax < bottom ? yMax : bottom) - (yMin > top ? yMin : top));
    const width = f((xMax < right ? xMax : right) - (xMin > left ? xMin : left));
    const intersection = f(height * width);
    const anchorArea = f(f(bottom - top) * f(right - left));
    const iou = f(intersection / f(f(area + anchorArea) - intersection));
    if (iou > best) {
      best = iou;
      bestAnchor = n;
    }
    if (iou > bestIou[n]!) {
      bestIou[n] = iou;
      bestTruth[n] = m;
    }
  }
  return bestAnchor;
}
