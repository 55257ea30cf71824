import { RethinkError } from '../../contract/errors';
import { AnnotationColumns } from './columns';
import { IdIndex } from './id-index';
import { type Box, type CocoCategory, type CocoImage, type CocoTruth, type Truth } from './types';
import { areaProblem, coordinateProblem, idProblem, refuse } from './values';
import { WarningList } from './warning-list';

/**
 * Checks ground truth in memory and lays it out in columns.
 *
 * @throws RethinkError with the path, for instance `annotations[17].bbox[2]`: `COCO_INVALID_ID`, `COCO_DUPLICATE_ID`,
 * `COCO_UNKNOWN_IMAGE`, `COCO_UNKNOWN_CATEGORY`, `COCO_NEGATIVE_SIZE`, `COCO_NUMBER_RANGE`, `JSON_NOT_FINITE`
 */
export function truthFrom(truth: CocoTruth, file?: string): Truth {
  const columns = new AnnotationColumns();
  truth.annotations.forEach((annotation, index) => {
    const at = (field: string): string => `annotations[${index}].${field}`;
    const row = columns.addEmpty();
    refuse(idProblem(annotation.id), file, at('id'));
    refuse(idProblem(annotation.image_id), file, at('image_id'));
    refuse(idProblem(annotation.category_id), file, at('category_id'));
    columns.id[row] = annotation.id;
    columns.imageId[row] = annotation.image_id;
    columns.categoryId[row] = annotation.category_id;
    for (let side = 0; side < 4; side++) {
      refuse(coordinateProblem(annotation.bbox[side]!, side > 1), file, at(`bbox[${side}]`));
      columns.box[4 * row + side] = annotation.bbox[side]!;
    }
    if (annotation.area !== undefined) {
      refuse(areaProblem(annotation.area), file, at('area'));
      columns.area[row] = annotation.area;
    }
    columns.crowd[row] = annotation.iscrowd ? 1 : 0;
  });
  truth.images.forEach((image, index) => refuse(idProblem(image.id), file, `images[${index}].id`));
  truth.categories.forEach((category, index) =>
    refuse(idProblem(category.id), file, `categories[${index}].id`),
  );
  return resolveGroundTruth(truth.images, truth.categories, columns, { file });
}

/** Resolves ids; the last step of every way to read ground truth. Throws as `truthFrom` does. */
export function resolveGroundTruth(
  images: readonly CocoImage[],
  categories: readonly CocoCategory[],
  columns: AnnotationColumns,
  { file, warnings = new WarningList() }: { file?: string; warnings?: WarningList } = {},
): Truth {
  refuseDuplicates(images, 'images', file);
  refuseDuplicates(categories, 'categories', file);
  refuseDuplicateAnnotations(columns, file);
  const sortedImages = [...images].sort((one, other) => one.id - other.id);
  const sortedCategories = [...categories].sort((one, other) => one.id - other.id);
  const { count } = columns;
  return {
    file,
    images: sortedImages,
    categories: sortedCategories,
    count,
    id: idsOf(columns, warnings),
    image: indicesOf(columns, 'image', sortedImages, file),
    category: indicesOf(columns, 'category', sortedCategories, file),
    box: columns.box.slice(0, 4 * count),
    area: areasOf(columns, warnings),
    crowd: columns.crowd.slice(0, count),
    ignore: columns.ignore.slice(0, count),
    score: columns.score.slice(0, count),
    warnings: warnings.list(),
  };
}

/** Annotations without an id are numbered on from the largest one, or by unused ids from 1 where that is too large. */
function idsOf(columns: AnnotationColumns, warnings: WarningList): Float64Array {
  const id = columns.id.slice(0, columns.count);
  let last = 0;
  for (const each of id) if (each > last) last = each;
  const used = Number.isSafeInteger(last + id.length) ? undefined : new Set(id);
  if (used !== undefined) last = 0;
  for (let row = 0; row < id.length; row++) {
    if (!Number.isNaN(id[row])) continue;
    do last++;
    while (used?.has(last));
    id[row] = last;
    warnings.add('COCO_ID_MISSING', 'Annotations without an id were numbered.', `annotations[${row}]`);
  }
  return id;
}

function areasOf(columns: AnnotationColumns, warnings: WarningList): Float64Array {
  const area = columns.area.slice(0, columns.count);
  const message = 'Annotations without an area: the area of the box decides their size class.';
  for (let row = 0; row < area.length; row++) {
    if (!Number.isNaN(area[row])) continue;
    area[row] = columns.box[4 * row + 2]! * columns.box[4 * row + 3]!;
    warnings.add('COCO_AREA_MISSING', message, `annotations[${row}]`);
  }
  return area;
}

/** Index of each annotation's image or category. */
function indicesOf(
  columns: AnnotationColumns,
  what: 'image' | 'category',
  sorted: readonly { id: number }[],
  file?: string,
): Int32Array {
  const index = new IdIndex(sorted.map(({ id }) => id));
  const ids = what === 'image' ? columns.imageId : columns.categoryId;
  const indices = new Int32Array(columns.count);
  for (let row = 0; row < columns.count; row++) {
    indices[row] = index.of(ids[row]!);
    if (indices[row]! >= 0) continue;
    const list = what === 'image' ? 'images' : 'categories';
    throw new RethinkError(
      what === 'image' ? 'COCO_UNKNOWN_IMAGE' : 'COCO_UNKNOWN_CATEGORY',
      `The list of ${list} has no ${what} ${ids[row]!}.`,
      {
        location: { file, path: `annotations[${row}].${what}_id` },
        hint: 'The file may mix two data sets, or the list was cut.',
      },
    );
  }
  return indices;
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
  throw new RethinkError('COCO_DUPLICATE_ID', `Id ${id} was already used by ${list}[${earlier}].`, {
    location: { file, path: `${list}[${index}].id` },
    hint: 'Ids must be unique: renumber the later entry.',
  });
}

/** An annotation as a COCO file has it; `ignore` and `score` where they are set. */
export function annotationAt({ images, categories, ...columns }: Truth, row: number) {
  const [x, y, width, height] = columns.box.subarray(4 * row, 4 * row + 4);
  const score = columns.score[row]!;
  return {
    id: columns.id[row]!,
    image_id: images[columns.image[row]!]!.id,
    category_id: categories[columns.category[row]!]!.id,
    bbox: [x!, y!, width!, height!] as Box,
    area: columns.area[row]!,
    iscrowd: columns.crowd[row] as 0 | 1,
    ...(columns.ignore[row] === 1 && { ignore: 1 }),
    ...(!Number.isNaN(score) && { score }),
  };
}
