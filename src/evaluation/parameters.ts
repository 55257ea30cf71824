/** The constants of COCO box evaluation, as `pycocotools.cocoeval.Params` sets them. */

/**
 * IoU thresholds .50:.05:.95, computed as numpy's `linspace` does: some differ from the decimal literal in the
 * last bit, which decides a match when an IoU lies on the threshold.
 */
export const IOU_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, index) =>
  index === 9 ? 0.95 : 0.5 + index * ((0.95 - 0.5) / 9),
);

/** Recall levels 0:.01:1, computed as numpy's `linspace` does (`29 * 0.01 > 0.29`). */
export const RECALL_LEVELS: Float64Array = Float64Array.from({ length: 101 }, (_, index) => index * 0.01);

export interface AreaRange {
  readonly name: string;
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
export const MAX_DETECTIONS: readonly number[] = [1, 10, 100];

/** What an evaluation measures; `COCO` unless something else is asked for. */
export interface EvaluationParameters {
  /** Ascending; at most 16, a bit each. The first one decides what is a hit in error types and other analyses. */
  readonly iouThresholds: readonly number[];
  /** At most 8, a bit each. The first one is that of all scores that are not named after an area. */
  readonly areaRanges: readonly AreaRange[];
  /** Ascending. All scores but the recalls named after the smaller ones are at the last. */
  readonly maxDetections: readonly number[];
}

export const COCO: EvaluationParameters = {
  iouThresholds: IOU_THRESHOLDS,
  areaRanges: AREA_RANGES,
  maxDetections: MAX_DETECTIONS,
};

/** One bit for each IoU threshold. */
export const allThresholds = ({ iouThresholds }: EvaluationParameters): number =>
  (1 << iouThresholds.length) - 1;

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

/** The six types of TIDE (Bolya et al. 2020, arXiv 2008.08115, section 2.2). */
export const ERROR_TYPES = [
  'classification',
  'localisation',
  'both',
  'duplicate',
  'background',
  'missed',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];
