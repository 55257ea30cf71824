/**
 * Greedy non-maximum suppression of one class. A box of zero area suppresses nothing and is not suppressed.
 * @param boxes [N, 4] yMin, xMin, yMax, xMax, sorted by falling score
 * @param iouThreshold IoU strictly above it suppresses
 * @param maxKept at most so many rows are kept
 * @returns kept rows in order
 */
export function suppress(boxes: Float32Array, iouThreshold: number, maxKept: number): number[] {
  const kept: number[] = [];
  for (let row = 0; row < boxes.length / 4 && kept.length < maxKept; row++) {
    if (!kept.some((other) => boxIou(boxes, other, row) > iouThreshold)) kept.push(row);
  }
  return kept;
}

/**
 * Soft-NMS of one class with the Gaussian penalty: the best box is kept, the scores of the others fall by
 * exp(−IoU² / sigma), and so on (Bodla et al., arXiv 1704.04503, eq. 4).
 * @param boxes [N, 4]
 * @param scores [N]
 * @param minScore boxes whose score falls to it or below are dropped
 * @returns rows with their new scores, best first; equal scores keep the order of rows
 */
export function softSuppress(
  boxes: Float32Array,
  scores: Float32Array,
  { sigma, minScore, maxKept }: { sigma: number; minScore: number; maxKept: number },
): { row: number; score: number }[] {
  const left = new Map(Array.from(scores, (score, row) => [row, score]));
  const kept: { row: number; score: number }[] = [];
  while (kept.length < maxKept) {
    let best: { row: number; score: number } | undefined;
    for (const [row, score] of left) {
      if (score > (best?.score ?? minScore)) best = { row, score };
    }
    if (best === undefined) break;
    kept.push(best);
    left.delete(best.row);
    for (const [row, score] of left) {
      const iou = boxIou(boxes, best.row, row);
      if (iou === 0) continue;
      const lowered = score * Math.exp(-(iou ** 2) / sigma);
      if (lowered > minScore) left.set(row, lowered);
      else left.delete(row);
    }
  }
  return kept;
}

/** IoU of two rows of [N, 4] boxes; 0 when either has no area. */
export function boxIou(boxes: Float32Array, a: number, b: number): number {
  const areaA = area(boxes, a);
  const areaB = area(boxes, b);
  if (areaA <= 0 || areaB <= 0) return 0;
  const height = Math.min(boxes[4 * a + 2]!, boxes[4 * b + 2]!) - Math.max(boxes[4 * a]!, boxes[4 * b]!);
  const width =
    Math.min(boxes[4 * a + 3]!, boxes[4 * b + 3]!) - Math.max(boxes[4 * a + 1]!, boxes[4 * b + 1]!);
  if (height <= 0 || width <= 0) return 0;
  const intersection = height * width;
  return intersection / (areaA + areaB - intersection);
}

function area(boxes: Float32Array, row: number): number {
  return (boxes[4 * row + 2]! - boxes[4 * row]!) * (boxes[4 * row + 3]! - boxes[4 * row + 1]!);
}
