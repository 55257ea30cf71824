import { iou } from './iou';
import { compareBoxes } from './order';
import { type Detections, type Truth } from './types';

export interface ConfusionMatrix {
  /** Category ids of rows and columns 0 … K − 1; row and column K stand for the background. */
  categoryIds: number[];
  /**
   * (K + 1)² counts, row by row: row = category of the truth, column = category of the detection. Row K holds detections of
   * nothing, column K truth that was not detected.
   */
  counts: Int32Array;
  at(truthIndex: number, detectionIndex: number): number;
}

export interface ConfusionOptions {
  /** Detections with a lower score are left out; default .3. */
  scoreThreshold?: number;
  /** Default .5. */
  iouThreshold?: number;
}

/**
 * Which categories are taken for which. Boxes are matched whatever their category: detections by falling score, each takes
 * the free truth of highest IoU at or above the threshold; at equal IoU one of its own category. A detection that finds no
 * truth, but a crowd of any category, is left out. Ties in score: by x, y, width, height, category, so that the order of
 * the input does not matter.
 */
export function confusionMatrix(
  truth: Truth,
  detections: Detections,
  { scoreThreshold = 0.3, iouThreshold = 0.5 }: ConfusionOptions = {},
): ConfusionMatrix {
  const K = truth.categories.length;
  const counts = new Int32Array((K + 1) ** 2);
  const truthOf = rowsByImage(truth.image, truth.images.length);
  const detectionsOf = rowsByImage(detections.image, truth.images.length);
  for (let image = 0; image < truth.images.length; image++) {
    const here = [...truthOf[image]!].sort((one, other) => compareBoxes(truth.box, one, other));
    const sorted = detectionsOf[image]!.filter((row) => detections.score[row]! >= scoreThreshold).sort(
      (one, other) =>
        detections.score[other]! - detections.score[one]! ||
        compareBoxes(detections.box, one, other) ||
        detections.category[one]! - detections.category[other]!,
    );
    const free = new Set(here.filter((annotation) => truth.crowd[annotation] === 0));
    const crowds = here.filter((annotation) => truth.crowd[annotation] === 1);
    for (const row of sorted) {
      const category = detections.category[row]!;
      let best = -1;
      let most = 0;
      for (const annotation of free) {
        const overlap = iou(detections.box, row, truth.box, annotation, false);
        if (overlap < iouThreshold || overlap < most) continue;
        if (
          overlap > most ||
          (truth.category[best] !== category && truth.category[annotation] === category)
        ) {
          best = annotation;
          most = overlap;
        }
      }
      if (best >= 0) {
        free.delete(best);
        counts[truth.category[best]! * (K + 1) + category]!++;
      } else if (!crowds.some((crowd) => iou(detections.box, row, truth.box, crowd, true) >= iouThreshold)) {
        counts[K * (K + 1) + category]!++;
      }
    }
    for (const annotation of free) counts[truth.category[annotation]! * (K + 1) + K]!++;
  }
  return {
    categoryIds: truth.categories.map(({ id }) => id),
    counts,
    at: (truthIndex, detectionIndex) => counts[truthIndex * (K + 1) + detectionIndex]!,
  };
}

function rowsByImage(image: Int32Array, images: number): number[][] {
  const rows: number[][] = Array.from({ length: images }, () => []);
  image.forEach((index, row) => rows[index]!.push(row));
  return rows;
}
