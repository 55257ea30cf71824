import { checkArea, checkCoordinate, checkId, type Fail, failAt } from './coco-checks';
import { IdIndex } from './id-index';
import { type CocoCategory, type CocoImage, type CocoTruth, type Truth, type Warning } from './types';

/** Annotations as they were read: ids instead of indices; an absent area is NaN. Grows as needed. */
export class AnnotationColumns {
  count = 0;
  id = new Float64Array(1024);
  imageId = new Float64Array(1024);
  categoryId = new Float64Array(1024);
  box = new Float64Array(4 * 1024);
  area = new Float64Array(1024);
  crowd = new Uint8Array(1024);

  add(): number {
    if (this.count === this.id.length) {
      this.id = grown(this.id);
      this.imageId = grown(this.imageId);
      this.categoryId = grown(this.categoryId);
      this.box = grown(this.box);
      this.area = grown(this.area);
      const crowd = new Uint8Array(2 * this.crowd.length);
      crowd.set(this.crowd);
      this.crowd = crowd;
    }
    return this.count++;
  }
}

export function grown(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * column.length);
  larger.set(column);
  return larger;
}

/**
 * Checks truth in memory and lays it out in columns.
 *
 * @throws RethinkError with the path, for instance `annotations[17].bbox[2]`: `COCO_INVALID_ID`, `COCO_DUPLICATE_ID`,
 * `COCO_UNKNOWN_IMAGE`, `COCO_UNKNOWN_CATEGORY`, `COCO_NEGATIVE_SIZE`, `COCO_NUMBER_RANGE`, `JSON_NOT_FINITE`
 */
export function truthFrom(truth: CocoTruth, file?: string): Truth {
  const columns = new AnnotationColumns();
  truth.annotations.forEach((annotation, index) => {
    const at = (field: string): Fail => failAt(file, `annotations[${index}].${field}`);
    const row = columns.add();
    columns.id[row] = checkId(annotation.id, at('id'));
    columns.imageId[row] = checkId(annotation.image_id, at('image_id'));
    columns.categoryId[row] = checkId(annotation.category_id, at('category_id'));
    for (let side = 0; side < 4; side++) {
      columns.box[4 * row + side] = checkCoordinate(annotation.bbox[side]!, side > 1, at(`bbox[${side}]`));
    }
    columns.area[row] = annotation.area === undefined ? NaN : checkArea(annotation.area, at('area'));
    columns.crowd[row] = annotation.iscrowd ? 1 : 0;
  });
  truth.images.forEach((image, index) => checkId(image.id, failAt(file, `images[${index}].id`)));
  truth.categories.forEach((category, index) =>
    checkId(category.id, failAt(file, `categories[${index}].id`)),
  );
  return truthFromColumns(truth.images, truth.categories, columns, file);
}

/** Resolves ids; the last step of every way to read truth. Throws as `truthFrom` does. */
export function truthFromColumns(
  images: readonly CocoImage[],
  categories: readonly CocoCategory[],
  columns: AnnotationColumns,
  file?: string,
): Truth {
  refuseDuplicates(images, 'images', file);
  refuseDuplicates(categories, 'categories', file);
  const { count } = columns;
  refuseDuplicateAnnotations(columns, file);
  const sortedImages = [...images].sort((one, other) => one.id - other.id);
  const sortedCategories = [...categories].sort((one, other) => one.id - other.id);
  const imageOf = new IdIndex(sortedImages.map((image) => image.id));
  const categoryOf = new IdIndex(sortedCategories.map((category) => category.id));
  const image = new Int32Array(count);
  const category = new Int32Array(count);
  const area = columns.area.slice(0, count);
  let withoutArea = 0;
  for (let row = 0; row < count; row++) {
    image[row] = imageOf.of(columns.imageId[row]!);
    if (image[row]! < 0) {
      failAt(file, `annotations[${row}].image_id`)(
        'COCO_UNKNOWN_IMAGE',
        `The list of images has no image ${columns.imageId[row]!}.`,
      );
    }
    category[row] = categoryOf.of(columns.categoryId[row]!);
    if (category[row]! < 0) {
      failAt(file, `annotations[${row}].category_id`)(
        'COCO_UNKNOWN_CATEGORY',
        `The list of categories has no category ${columns.categoryId[row]!}.`,
      );
    }
    if (Number.isNaN(area[row])) {
      area[row] = columns.box[4 * row + 2]! * columns.box[4 * row + 3]!;
      withoutArea++;
    }
  }
  const warnings: Warning[] = [];
  if (withoutArea > 0) {
    warnings.push({
      code: 'COCO_AREA_MISSING',
      message: 'Annotations without an area: the area of the box decides their size class.',
      count: withoutArea,
    });
  }
  return {
    file,
    images: sortedImages,
    categories: sortedCategories,
    count,
    id: columns.id.slice(0, count),
    image,
    category,
    box: columns.box.slice(0, 4 * count),
    area,
    crowd: columns.crowd.slice(0, count),
    warnings,
  };
}

function refuseDuplicates(entries: readonly { id: number }[], list: string, file?: string): void {
  const first = new Map<number, number>();
  entries.forEach((entry, index) => {
    const earlier = first.get(entry.id);
    if (earlier !== undefined) duplicate(list, index, earlier, entry.id, file);
    first.set(entry.id, index);
  });
}

function refuseDuplicateAnnotations(columns: AnnotationColumns, file?: string): void {
  const sorted = columns.id.slice(0, columns.count).sort();
  const repeated = new Set<number>();
  for (let index = 1; index < sorted.length; index++) {
    if (sorted[index] === sorted[index - 1]) repeated.add(sorted[index]!);
  }
  if (repeated.size === 0) return;
  const first = new Map<number, number>();
  for (let row = 0; row < columns.count; row++) {
    const id = columns.id[row]!;
    if (!repeated.has(id)) continue;
    const earlier = first.get(id);
    if (earlier !== undefined) duplicate('annotations', row, earlier, id, file);
    first.set(id, row);
  }
}

function duplicate(list: string, index: number, earlier: number, id: number, file?: string): never {
  return failAt(file, `${list}[${index}].id`)(
    'COCO_DUPLICATE_ID',
    `Id ${id} was already used by ${list}[${earlier}].`,
    'Each id may be used once: give the later entry an id of its own.',
  );
}
