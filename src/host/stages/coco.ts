import type { CocoDetection, CocoTruth } from '../../evaluation';
import type { Dataset } from '../../learning/dataset';
import type { DetectedImage, ImageDetection } from '../../learning/training/inference';
import type { TrainedHead } from '../../learning/training/weights-file';

/** A COCO results list with the category ids that the head was trained on. */
export function cocoDetections(images: readonly DetectedImage[], { labels }: TrainedHead): CocoDetection[] {
  return images.flatMap(({ imageId, detections }) =>
    detections.map((detection) => ({
      image_id: imageId,
      category_id: labels[detection.category]!.id,
      ...rounded(detection),
    })),
  );
}

/** A thousandth of a pixel; scores keep all digits of their 32 bits. */
function rounded({ bbox, score }: ImageDetection): Pick<CocoDetection, 'bbox' | 'score'> {
  const [x, y, width, height] = bbox;
  const round = (value: number) => Number(value.toFixed(3));
  return {
    bbox: [round(x), round(y), round(width), round(height)],
    score: Number(score.toPrecision(9)),
  };
}

/** Ground truth of some images of a data set, with all of its categories. */
export function cocoTruth({ categories }: Dataset, images: Dataset['images']): CocoTruth {
  const annotations = images.flatMap(({ id, objects }) =>
    objects.map(({ xMin, yMin, xMax, yMax, category, crowd }) => ({
      image_id: id,
      category_id: categories[category]!.id,
      bbox: [xMin, yMin, xMax - xMin, yMax - yMin] as const,
      iscrowd: crowd === true,
    })),
  );
  return {
    images: images.map(({ id, width, height }) => ({ id, width, height })),
    categories,
    annotations: annotations.map((annotation, index) => ({ id: index + 1, ...annotation })),
  };
}
