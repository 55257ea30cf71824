import { RethinkError } from '../contract/errors';
import { Columns, doubled, picked } from '../core/coco/columns';
import { IdIndex } from '../core/coco/id-index';
import { coordinateProblem, finiteProblem, idProblem, refuse } from '../core/coco/values';
import { type CocoDetection, type Detections, type Truth } from './types';

export interface DetectionOptions {
  /**
   * What becomes of a detection whose category the ground truth does not list: `error` (default), or `ignore` with a
   * warning, as pycocotools does silently (for instance a detector of 80 classes on ground truth of 3).
   */
  unknownCategories?: 'error' | 'ignore';
}

/** Detections as they were read: ids instead of indices. */
export class DetectionColumns extends Columns {
  imageId: Float64Array;
  categoryId: Float64Array;
  box: Float64Array;
  score: Float64Array;

  constructor(capacity = 1024) {
    super();
    this.imageId = new Float64Array(capacity);
    this.categoryId = new Float64Array(capacity);
    this.box = new Float64Array(4 * capacity);
    this.score = new Float64Array(capacity);
  }

  protected get capacity(): number {
    return this.score.length;
  }

  protected grow(): void {
    this.imageId = doubled(this.imageId);
    this.categoryId = doubled(this.categoryId);
    this.box = doubled(this.box);
    this.score = doubled(this.score);
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
    const check = (problem: ReturnType<typeof idProblem>, field: string): void =>
      refuse(problem, undefined, `[${index}].${field}`);
    const row = columns.add();
    check(idProblem(detection.image_id), 'image_id');
    check(idProblem(detection.category_id), 'category_id');
    columns.imageId[row] = detection.image_id;
    columns.categoryId[row] = detection.category_id;
    for (let side = 0; side < 4; side++) {
      check(coordinateProblem(detection.bbox[side]!, side > 1), `bbox[${side}]`);
      columns.box[4 * row + side] = detection.bbox[side]!;
    }
    check(finiteProblem(detection.score), 'score');
    columns.score[row] = detection.score;
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
      throw new RethinkError('COCO_UNKNOWN_IMAGE', `The ground truth has no image ${imageId[row]!}.`, {
        location: { file, path: `[${row}].image_id` },
        hint: `Detections and annotations must belong to the same set of images; it lists ${listed('images', truth.images)}.`,
      });
    }
    if (categoryIndex < 0) {
      if (unknownCategories === 'error') {
        throw new RethinkError(
          'COCO_UNKNOWN_CATEGORY',
          `The ground truth has no category ${categoryId[row]!}.`,
          {
            location: { file, path: `[${row}].category_id` },
            hint: `Category ids are those of the annotation file, not indices of classes; it lists ${listed('categories', truth.categories)}. To leave such detections out: --ignore-unknown-categories`,
          },
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
  const known = Int32Array.from(all.category.keys()).filter((row) => all.category[row]! >= 0);
  return {
    file: all.file,
    count: known.length,
    image: picked(all.image, known),
    category: picked(all.category, known),
    box: picked(all.box, known, 4),
    score: picked(all.score, known),
    warnings: [
      {
        code: 'COCO_UNKNOWN_CATEGORY',
        message: 'Detections left out: the ground truth does not list their category.',
        count: unknown,
      },
    ],
  };
}

/** `2 categories: 1, 3`, or `5000 images: 139, 285, 632, …`. */
function listed(what: string, entries: readonly { readonly id: number }[]): string {
  const ids = entries.slice(0, 5).map(({ id }) => id);
  return `${entries.length} ${what}: ${[...ids, ...(entries.length > ids.length ? ['…'] : [])].join(', ')}`;
}
