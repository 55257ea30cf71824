import { type Detections, type Truth } from '../../evaluation';
import { iou } from '../../evaluation/iou';

/** Detections that score at least this are drawn. */
export const IMAGE_SCORE = 0.3;
/** A drawn detection is right where it overlaps an object of its category by this IoU. */
export const IMAGE_IOU = 0.5;

export interface DrawnBox {
  /** x, y, width, height in pixels of the image. */
  readonly box: readonly [number, number, number, number];
  /** Index into the truth's categories. */
  readonly category: number;
  readonly score?: number;
  /** Of a detection: overlaps an object of its category; of an object: was found. */
  readonly hit: boolean;
}

export interface DetectionAgreement {
  /** Index into the truth's images. */
  readonly image: number;
  readonly objects: readonly DrawnBox[];
  readonly detections: readonly DrawnBox[];
  /** F1 of the drawn detections: 2 · right / (objects + detections); 1 for an empty image without detections. */
  readonly f1: number;
}

/**
 * How well the detections that would be drawn agree with the truth, image by image: the best-scored first, each
 * object is taken once. Crowds are neither drawn nor counted. To choose and to colour images; no score comes from it.
 */
export function agreements(truth: Truth, detections: Detections): DetectionAgreement[] {
  const objectRows = rowsByImage(truth.images.length, truth.count, (row) =>
    truth.crowd[row] === 1 ? -1 : truth.image[row]!,
  );
  const detectionRows = rowsByImage(truth.images.length, detections.count, (row) =>
    detections.score[row]! >= IMAGE_SCORE ? detections.image[row]! : -1,
  );
  return truth.images.map((_, image) => {
    const objects = objectRows[image]!;
    const found = new Set<number>();
    const drawn = detectionRows[image]!.sort(
      (a, b) => detections.score[b]! - detections.score[a]! || a - b,
    ).map((row): DrawnBox => {
      let best: number | undefined;
      let bestOverlap = IMAGE_IOU;
      for (const object of objects) {
        if (found.has(object) || truth.category[object] !== detections.category[row]) continue;
        const overlap = iou(detections.box, row, truth.box, object, false);
        if (overlap >= bestOverlap) [best, bestOverlap] = [object, overlap];
      }
      if (best !== undefined) found.add(best);
      return {
        box: boxOf(detections.box, row),
        category: detections.category[row]!,
        score: detections.score[row]!,
        hit: best !== undefined,
      };
    });
    const total = objects.length + drawn.length;
    return {
      image,
      objects: objects.map((row) => ({
        box: boxOf(truth.box, row),
        category: truth.category[row]!,
        hit: found.has(row),
      })),
      detections: drawn,
      f1: total === 0 ? 1 : (2 * found.size) / total,
    };
  });
}

function rowsByImage(images: number, count: number, imageOf: (row: number) => number): number[][] {
  const rows = Array.from({ length: images }, (): number[] => []);
  for (let row = 0; row < count; row++) rows[imageOf(row)]?.push(row);
  return rows;
}

function boxOf(boxes: Float64Array, row: number): DrawnBox['box'] {
  return [boxes[4 * row]!, boxes[4 * row + 1]!, boxes[4 * row + 2]!, boxes[4 * row + 3]!];
}

export const imagesEach = 4;

/**
 * Which images to show: some that are the same for every trial, evenly spread over the data; of the others the best
 * and the worst, those with more objects first among equals.
 */
export function chooseImages(all: readonly DetectionAgreement[]): {
  readonly same: readonly DetectionAgreement[];
  readonly best: readonly DetectionAgreement[];
  readonly worst: readonly DetectionAgreement[];
} {
  const withObjects = all.filter((agreement) => agreement.objects.length > 0);
  const count = Math.min(imagesEach, withObjects.length);
  const same = Array.from(
    { length: count },
    (_, index) => withObjects[Math.floor(((index + 0.5) * withObjects.length) / count)]!,
  );
  const rest = withObjects.filter((agreement) => !same.includes(agreement));
  const order = (direction: 1 | -1) =>
    [...rest].sort(
      (a, b) => direction * (a.f1 - b.f1) || b.objects.length - a.objects.length || a.image - b.image,
    );
  const worst = order(1).slice(0, imagesEach);
  const best = order(-1)
    .filter((agreement) => !worst.includes(agreement))
    .slice(0, imagesEach);
  return { same, best, worst };
}
