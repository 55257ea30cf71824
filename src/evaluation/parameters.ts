/** The constants of COCO box evaluation, as `pycocotools.cocoeval.Params` sets them. */

/**
 * IoU thresholds .50:.05:.95, computed as numpy's `linspace` does: some differ from the decimal literal in the
 * last bit, which decides a match when an IoU lies on the threshold.
 */
export const IOU_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, index) =>
  index === 9 ? 0.95 : 0.5 + index * ((0.95 - 0.5) / 9),
);

/** One bit for each IoU threshold. */
export const ALL_THRESHOLDS = (1 << IOU_THRESHOLDS.length) - 1;

/** Recall levels 0:.01:1, computed as numpy's `linspace` does (`29 * 0.01 > 0.29`). */
export const RECALL_LEVELS: Float64Array = Float64Array.from({ length: 101 }, (_, index) => index * 0.01);

export interface AreaRange {
  readonly name: 'all' | 'small' | 'medium' | 'large';
  /** Square pixels, both ends inclusive: a box of exactly 32² pixels is small and medium. */
  readonly min: number;
  readonly max: number;
}

export const AREA_RANGES: readonly AreaRange[] = [
  { name: 'all', min: 0, max: 1e10 },
  { name: 'small', min: 0, max: 32 ** 2 },
  { name: 'medium', min: 32 ** 2, max: 96 ** 2 },
  { name: 'large', min: 96 ** 2, max: 1e10 },
];

/** Best-scored detections kept for each image and category, for AR1, AR10 and everything else. */
export const MAX_DETECTIONS = [1, 10, 100] as const;

/**
 * How detections with equal scores are ordered.
 *
 * - `threshold` (default): no score threshold separates equal scores, so all of them enter the precision-recall
 *   curve at once, and it has a point only where the score changes. Nothing depends on the order of the input, on
 *   image ids or on category ids. Where equal scores meet in one image and category, boxes are matched (and cut at
 *   the limit of detections) in the order of x, y, width, height; truth likewise.
 * - `pycocotools`: ties in the order of image id, then in that of the input.
 */
export type TieRule = 'threshold' | 'pycocotools';

export const TIE_RULES: readonly TieRule[] = ['threshold', 'pycocotools'];
