import { type AnnotationColumns } from './columns';
import { type Need, type RecordReader } from './record-reader';
import { type CocoCategory, type CocoImage } from './types';
import { areaProblem, fileNameProblem, imageSizeProblem, normaliseFileName } from './values';

/** The rules for the fields of a COCO file; fields that are not listed are skipped. */
const IMAGE_FIELDS = {
  id: 'always',
  file_name: 'images',
  width: 'images',
  height: 'images',
  neg_category_ids: 'never',
  not_exhaustive_category_ids: 'never',
} as const satisfies Record<string, Need>;

const CATEGORY_FIELDS = {
  id: 'always',
  name: 'images',
  supercategory: 'never',
} as const satisfies Record<string, Need>;

const ANNOTATION_FIELDS = {
  id: 'given',
  image_id: 'always',
  category_id: 'always',
  bbox: 'always',
  area: 'given',
  iscrowd: 'given',
  ignore: 'never',
  score: 'never',
  segmentation: 'never',
  isgroupof: 'never',
} as const satisfies Record<string, Need>;

/** @returns undefined where the entry cannot be used, which only a lenient reader gets to see */
export function readImage(reader: RecordReader): CocoImage | undefined {
  const image: CocoImage = { id: NaN };
  const isUsable = reader.record(IMAGE_FIELDS, (field) => {
    if (field === 'id') {
      image.id = reader.id();
    } else if (field === 'file_name') {
      const name = reader.text(fileNameProblem);
      image.file_name = name === undefined ? undefined : (normaliseFileName(name) ?? name);
    } else if (field === 'width' || field === 'height') image[field] = reader.number(imageSizeProblem);
    else reader.unapplied();
  });
  return isUsable ? image : undefined;
}

export function readCategory(reader: RecordReader): CocoCategory | undefined {
  const category: CocoCategory = { id: NaN };
  const isUsable = reader.record(CATEGORY_FIELDS, (field) => {
    if (field === 'id') category.id = reader.id();
    else category[field] = reader.text(field === 'name' ? nameProblem : undefined);
  });
  return isUsable ? category : undefined;
}

/**
 * Reads an annotation into a new row.
 *
 * @param watch is told each field before it is read; true where it has read the value itself
 * @returns false where the entry cannot be used; then the row is gone
 */
export function readAnnotation(
  reader: RecordReader,
  columns: AnnotationColumns,
  watch: (field: keyof typeof ANNOTATION_FIELDS, row: number) => boolean = () => false,
): boolean {
  const row = columns.addEmpty();
  const isUsable = reader.record(ANNOTATION_FIELDS, (field) => {
    if (watch(field, row)) return;
    switch (field) {
      case 'id':
        columns.id[row] = reader.id();
        return;
      case 'image_id':
        columns.imageId[row] = reader.id();
        return;
      case 'category_id':
        columns.categoryId[row] = reader.id();
        return;
      case 'bbox':
        return reader.box(columns.box, 4 * row);
      case 'area':
        columns.area[row] = reader.number(areaProblem);
        return;
      case 'iscrowd':
        columns.crowd[row] = reader.flag() ?? 0;
        return;
      case 'ignore':
        columns.ignore[row] = reader.flag() ?? 0;
        return;
      case 'score':
        columns.score[row] = reader.number();
        return;
      case 'segmentation':
        return reader.json.skip();
      case 'isgroupof':
        return reader.unapplied();
    }
  });
  if (!isUsable) columns.count--;
  return isUsable;
}

function nameProblem(name: string) {
  return name.trim() === '' ? { code: 'COCO_EMPTY_NAME', message: 'A name is empty.' } : undefined;
}
