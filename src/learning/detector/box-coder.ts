/**
 * Boxes as offsets from anchors: (dy / ha, dx / wa, log(h / ha), log(w / wa)), without scale factors.
 * @source Faster R-CNN (arXiv 1506.01497), as in tensorflow/tpu, models/official/detection, utils/box_utils.py
 */

/** Keeps divisions and logarithms finite for boxes without extent; the reference code's value. */
const epsilon = 1e-8;

const f = Math.fround;

/**
 * Writes the code of one truth box against one anchor, in float32 arithmetic step by step: a component is
 * exactly 0 where the reference's is, and such components carry no box loss.
 * @param anchors [N, 4] yMin, xMin, yMax, xMax
 * @param boxes [M, 4] likewise
 * @param codes [N, 4], row `anchor` is written
 */
export function encodeBox(
  anchors: Float32Array,
  anchor: number,
  boxes: Float32Array,
  box: number,
  codes: Float32Array,
): void {
  for (let axis = 0; axis < 2; axis++) {
    const anchorLow = anchors[4 * anchor + axis]!;
    const anchorLength = f(anchors[4 * anchor + axis + 2]! - anchorLow);
    const low = boxes[4 * box + axis]!;
    const length = f(boxes[4 * box + axis + 2]! - low);
    const shift = f(f(low + f(length / 2)) - f(anchorLow + f(anchorLength / 2)));
    const safeAnchorLength = f(anchorLength + epsilon);
    codes[4 * anchor + axis] = f(shift / safeAnchorLength);
    codes[4 * anchor + axis + 2] = f(Math.log(f(f(length + epsilon) / safeAnchorLength)));
  }
}

export type BoxDecoding = 'reference' | 'exact';

/**
 * Boxes [N, 4] from codes [N, 4], clipped to the image. `reference` is not the inverse of encoding: as the
 * reference code does, it adds 1 to an anchor's extent, takes it off the result and clips to [0, side − 1];
 * `exact` inverts and clips to [0, side].
 * @param maxSizeRatio height and width are at most so many times the anchor's
 * @param rows which anchors to decode; all when absent. The result has one row for each.
 */
export function decodeBoxes(
  anchors: Float32Array,
  codes: Float32Array,
  imageShape: { readonly height: number; readonly width: number },
  {
    decoding = 'reference',
    maxSizeRatio = 1000 / 16,
    rows,
  }: { decoding?: BoxDecoding; maxSizeRatio?: number; rows?: ArrayLike<number> } = {},
): Float32Array {
  const extra = decoding === 'reference' ? 1 : 0;
  const maxLogRatio = Math.log(maxSizeRatio);
  const count = rows?.length ?? anchors.length / 4;
  const boxes = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : rows[i]!;
    for (let axis = 0; axis < 2; axis++) {
      const limit = (axis === 0 ? imageShape.height : imageShape.width) - extra;
      const anchorLow = anchors[4 * row + axis]!;
      const anchorLength = anchors[4 * row + axis + 2]! - anchorLow + extra;
      const length = Math.exp(Math.min(codes[4 * row + axis + 2]!, maxLogRatio)) * anchorLength;
      const centre = codes[4 * row + axis]! * anchorLength + anchorLow + anchorLength / 2;
      const low = centre - length / 2;
      boxes[4 * i + axis] = Math.max(0, Math.min(limit, low));
      boxes[4 * i + axis + 2] = Math.max(0, Math.min(limit, low + length - extra));
    }
  }
  return boxes;
}
