import { encodeBox } from './box-coder';
import { ignored, matchAnchors, type MatchingSettings } from './matching';

/** Truth of one image in pixels of the network's input, without crowds. */
export interface BatchTruths {
  /** [M, 4] yMin, xMin, yMax, xMax. */
  readonly boxes: Float32Array;
  /** [M] class indices. */
  readonly classes: ArrayLike<number>;
  /** [M] confidence of each truth; only read where anchors' scores are computed. */
  readonly scores?: ArrayLike<number>;
  /** [R, 4] regions that are neither object nor background. */
  readonly ignoreBoxes?: Float32Array;
}

/**
 * Training targets of one image, written into rows of a batch's arrays. An anchor that would match an ignore region,
 * were it an object, and that matches no truth, has no loss.
 * @param anchors [N, 4]
 * @param classes [N], overwritten: class index, −1 for background, −2 for no loss
 * @param boxes [N, 4], overwritten: box codes, 0 where no truth is matched
 * @param scores [N], overwritten: confidence of the anchor's truth, 1 where none is matched or it has none
 * @returns the number of positive anchors
 */
export function writeTargets(
  anchors: Float32Array,
  truths: BatchTruths,
  settings: MatchingSettings,
  classes: Int32Array,
  boxes: Float32Array,
  scores?: Float32Array,
): number {
  const matches = matchAnchors(anchors, truths.boxes, settings);
  boxes.fill(0);
  for (let n = 0; n < classes.length; n++) {
    const truth = matches.truth[n]!;
    if (truth < 0) {
      classes[n] = truth;
    } else {
      classes[n] = truths.classes[truth]!;
      encodeBox(anchors, n, truths.boxes, truth, boxes);
    }
    if (scores !== undefined) scores[n] = truth < 0 ? 1 : (truths.scores?.[truth] ?? 1);
  }
  if (truths.ignoreBoxes !== undefined && truths.ignoreBoxes.length > 0) {
    const regions = matchAnchors(anchors, truths.ignoreBoxes, settings).truth;
    for (let n = 0; n < classes.length; n++) {
      if (classes[n]! < 0 && regions[n] !== -1) classes[n] = ignored;
    }
  }
  return matches.positives;
}
