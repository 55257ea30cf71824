/** yMin, xMin, yMax, xMax */
export type CornerBox = ArrayLike<number>;

/** Greedy non-maximum suppression of one class. A box of zero area suppresses nothing and is not suppressed. */
export class Suppression {
  private readonly selected: CornerBox[] = [];

  /** @param iouThreshold IoU strictly above it suppresses */
  constructor(private readonly iouThreshold: number) {}

  /** Whether a box is selected; boxes are passed by descending score. */
  keeps(box: CornerBox): boolean {
    for (const other of this.selected) if (boxIou(other, box) > this.iouThreshold) return false;
    this.selected.push(box);
    return true;
  }
}

/**
 * Soft-NMS of one class with the Gaussian penalty: the best box is selected, the scores of the others are multiplied by
 * exp(−IoU² / sigma), and so on (Bodla et al., arXiv 1704.04503, eq. 4).
 * @param scores one for each box
 * @param minScore boxes whose score decreases to it or below are dropped
 * @returns rows with their new scores, best first; equal scores keep the order of rows
 */
export function softSuppress(
  boxes: readonly CornerBox[],
  scores: Float32Array,
  { sigma, minScore, maxKept }: { sigma: number; minScore: number; maxKept: number },
): { row: number; score: number }[] {
  const left = new Map(Array.from(scores, (score, row) => [row, score]));
  const selected: { row: number; score: number }[] = [];
  while (selected.length < maxKept) {
    let best: { row: number; score: number } | undefined;
    for (const [row, score] of left) {
      if (score > (best?.score ?? minScore)) best = { row, score };
    }
    if (best === undefined) break;
    selected.push(best);
    left.delete(best.row);
    for (const [row, score] of left) {
      const iou = boxIou(boxes[best.row]!, boxes[row]!);
      if (iou === 0) continue;
      const lowered = score * Math.exp(-(iou ** 2) / sigma);
      if (lowered > minScore) left.set(row, lowered);
      else left.delete(row);
    }
  }
  return selected;
}

/** IoU of two boxes; 0 when either has no area. */
export function boxIou(a: CornerBox, b: CornerBox): number {
  // Most pairs do not overlap: they end here.
  const height = Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!);
  if (!(height > 0)) return 0;
  const width = Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!);
  if (!(width > 0)) return 0;
  const intersection = height * width;
  return intersection / (area(a) + area(b) - intersection);
}

function area(box: CornerBox): number {
  return (box[2]! - box[0]!) * (box[3]! - box[1]!);
}
