/**
 * Intersection over union of two boxes [x, y, width, height], as in pycocotools' `bbIou`: continuous coordinates (no
 * `+ 1`), 0 for boxes that only touch. For a crowd the union is the detection alone: any part of the crowd may be found.
 *
 * @param detections box columns, 4 numbers a row; `detection` is the row
 */
export function iou(
  detections: Float64Array,
  detection: number,
  truth: Float64Array,
  annotation: number,
  crowd: boolean,
): number {
  const d = 4 * detection;
  const t = 4 * annotation;
  const dx = detections[d]!;
  const dy = detections[d + 1]!;
  const dw = detections[d + 2]!;
  const dh = detections[d + 3]!;
  const tx = truth[t]!;
  const ty = truth[t + 1]!;
  const tw = truth[t + 2]!;
  const th = truth[t + 3]!;
  const width = Math.min(dw + dx, tw + tx) - Math.max(dx, tx);
  if (width <= 0) return 0;
  const height = Math.min(dh + dy, th + ty) - Math.max(dy, ty);
  if (height <= 0) return 0;
  const intersection = width * height;
  return intersection / (crowd ? dw * dh : dw * dh + tw * th - intersection);
}
