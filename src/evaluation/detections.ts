import { checkCoordinate, checkId, type Fail, failAt } from './coco-checks';
import { IdIndex } from './id-index';
import { grown } from './truth';
import { type CocoDetection, type Detections, type Truth } from './types';

export interface DetectionOptions {
  /**
   * What becomes of a detection whose category the truth's list lacks: `error` (default), or `ignore` with a warning, as
   * pycocotools does silently (for instance a detector of 80 classes on truth of 3).
   */
  unknownCategories?: 'error' | 'ignore';
}

/** Detections as they were read: ids instead of indices. Grows as needed. */
export class DetectionColumns {
  count = 0;
  imageId: Float64Array;
  categoryId: Float64Array;
  box: Float64Array;
  score: Float64Array;

  constructor(capacity = 1024) {
    this.imageId = new Float64Array(capacity);
    this.categoryId = new Float64Array(capacity);
    this.box = new Float64Array(4 * capacity);
    this.score = new Float64Array(capacity);
  }

  add(): number {
    if (this.count === this.score.length) this.grow();
    return this.count++;
  }

  private grow(): void {
    this.imageId = grown(this.imageId);
    this.categoryId = grown(this.categoryId);
    this.box = grown(this.box);
    this.score = grown(this.score);
  }
}

/**
 * Checks detections in memory and lays them out in columns.
 *
 * @throws RethinkError with the path, for instance `[17].bbox[2]`: `COCO_INVALID_ID`, `COCO_UNKNOWN_IMAGE`,
 * `COCO_UNKNOWN_CATEGORY`, `COCO_NEGATIVE_SIZE`, `COCO_NUMBER_RANGE`, `JSON_NOT_FINITE`
 */
export function detectionsFrom(
  detections: readonly CocoDetection[],
  truth: Truth,
  options: DetectionOptions = {},
): Detections {
  const columns = new DetectionColumns(Math.max(detections.length, 1));
  detections.forEach((detection, index) => {
    const at = (field: string): Fail => failAt(undefined, `[${index}].${field}`);
    const row = columns.add();
    columns.imageId[row] = checkId(detection.image_id, at('image_id'));
    columns.categoryId[row] = checkId(detection.category_id, at('category_id'));
    for (let side = 0; side < 4; side++) {
      columns.box[4 * row + side] = checkCoordinate(detection.bbox[side]!, side > 1, at(`bbox[${side}]`));
    }
    columns.score[row] = detection.score;
    if (!Number.isFinite(detection.score)) {
      at('score')('JSON_NOT_FINITE', `${detection.score} is no score: a finite number is expected.`);
    }
  });
  return detectionsFromColumns(columns, truth, options);
}

/** Resolves ids; the last step of every way to read detections. Throws as `detectionsFrom` does. */
export function detectionsFromColumns(
  columns: DetectionColumns,
  truth: Truth,
  { unknownCategories = 'error' }: DetectionOptions = {},
  file?: string,
): Detections {
  const { count } = columns;
  const { imageId, categoryId } = columns;
  const imageOf = new IdIndex(truth.images.map((image) => image.id));
  const categoryOf = new IdIndex(truth.categories.map((category) => category.id));
  const image = new Int32Array(count);
  const category = new Int32Array(count);
  let unknown = 0;
  for (let row = 0; row < count; row++) {
    const imageIndex = imageOf.of(imageId[row]!);
    const categoryIndex = categoryOf.of(categoryId[row]!);
    if (imageIndex < 0) {
      failAt(file, `[${row}].image_id`)(
        'COCO_UNKNOWN_IMAGE',
        `The truth has no image ${imageId[row]!}.`,
        'Do detections and annotations belong to the same set of images?',
      );
    }
    if (categoryIndex < 0) {
      if (unknownCategories === 'error') {
        failAt(file, `[${row}].category_id`)(
          'COCO_UNKNOWN_CATEGORY',
          `The truth has no category ${categoryId[row]!}.`,
          'Category ids are those of the annotation file (COCO: 1 to 90 with gaps), not indices of classes.',
        );
      }
      unknown++;
    }
    image[row] = imageIndex;
    category[row] = categoryIndex;
  }
  const all: Detections = {
    file,
    count,
    image,
    category,
    box: columns.box.subarray(0, 4 * count),
    score: columns.score.subarray(0, count),
    warnings: [],
  };
  return unknown === 0 ? all : withoutUnknown(all, unknown);
}

function withoutUnknown(all: Detections, unknown: number): Detections {
  const kept = Int32Array.from(all.category.keys()).filter((row) => all.category[row]! >= 0);
  return {
    file: all.file,
    count: kept.length,
    image: kept.map((row) => all.image[row]!),
    category: kept.map((row) => all.category[row]!),
    box: Float64Array.from({ length: 4 * kept.length }, (_, at) => all.box[4 * kept[at >> 2]! + (at & 3)]!),
    score: Float64Array.from(kept, (row) => all.score[row]!),
    warnings: [
      {
        code: 'COCO_UNKNOWN_CATEGORY',
        message: 'Detections left out: the truth does not list their category.',
        count: unknown,
      },
    ],
  };
}
