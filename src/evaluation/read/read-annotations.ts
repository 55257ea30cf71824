import { checkArea, checkId, wrongType } from '../coco-checks';
import { AnnotationColumns, truthFromColumns } from '../truth';
import { MAX_CATEGORIES, MAX_IMAGES } from '../parameters';
import { type CocoCategory, type CocoImage, type Truth } from '../types';
import { type ByteSource, fromBytes, openFile } from '../../core/json/byte-source';
import { failOf, readBox, readFields, readNumber, readText, withArticle } from './fields';
import { JsonReader } from '../../core/json/json-reader';
import { annotationScanner } from './scan-annotations';

/**
 * Reads a COCO annotation file: `images`, `annotations`, `categories`; anything else is skipped, but must be JSON.
 * Memory grows with the number of annotations, not with the file.
 *
 * @throws RethinkError with file and place: `FILE_*`, `JSON_*` (`JSON_TRUNCATED`, `JSON_SYNTAX`, `JSON_NOT_FINITE`, …),
 * `COCO_MISSING_FIELD`, `COCO_WRONG_TYPE`, `COCO_TOO_MANY`, and those of `truthFrom`
 */
export function readAnnotations(file: string): Truth {
  return readAnnotationSource(openFile(file));
}

export function readAnnotationBytes(bytes: Uint8Array, file?: string): Truth {
  return readAnnotationSource(fromBytes(bytes, file));
}

const LISTS = ['images', 'annotations', 'categories'];

function readAnnotationSource(source: ByteSource): Truth {
  try {
    const reader = new JsonReader(source);
    const images: CocoImage[] = [];
    const categories: CocoCategory[] = [];
    const annotations = new AnnotationColumns();
    const scanner = annotationScanner(annotations);
    if (reader.kind() !== 'object') {
      reader.fail(
        'COCO_WRONG_TYPE',
        `An object with images, annotations and categories is expected, found ${withArticle(reader.kind())}.`,
        reader.kind() === 'array' ? 'Is this a detections file?' : undefined,
      );
    }
    readFields(reader, LISTS, 0b111, (list) => {
      const kind = reader.kind();
      if (kind !== 'array') wrongType('A list', withArticle(kind), failOf(reader));
      reader.array(() => {
        if (list === 0) atMost(MAX_IMAGES, images.push(readImage(reader)), reader);
        else if (list === 2) atMost(MAX_CATEGORIES, categories.push(readCategory(reader)), reader);
        else if (reader.kind() === 'object' && reader.scan(scanner)) return annotations.count - 1;
        else readAnnotation(reader, annotations);
        return;
      });
    });
    reader.finish();
    return truthFromColumns(images, categories, annotations, source.file);
  } finally {
    source.close();
  }
}

function atMost(most: number, count: number, reader: JsonReader): void {
  if (count > most) reader.fail('COCO_TOO_MANY', `More than ${most} entries: no data set has so many.`);
}

const IMAGE_FIELDS = ['id', 'file_name', 'width', 'height'];

function readImage(reader: JsonReader): CocoImage {
  const image: CocoImage = { id: 0 };
  readFields(reader, IMAGE_FIELDS, 0b1, (field) => {
    if (field === 0) image.id = readId(reader);
    else if (field === 1) image.file_name = readText(reader);
    else image[field === 2 ? 'width' : 'height'] = readNumber(reader);
  });
  return image;
}

const CATEGORY_FIELDS = ['id', 'name', 'supercategory'];

function readCategory(reader: JsonReader): CocoCategory {
  const category: CocoCategory = { id: 0 };
  readFields(reader, CATEGORY_FIELDS, 0b1, (field) => {
    if (field === 0) category.id = readId(reader);
    else category[field === 1 ? 'name' : 'supercategory'] = readText(reader);
  });
  return category;
}

const ANNOTATION_FIELDS = ['id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd'];

function readAnnotation(reader: JsonReader, columns: AnnotationColumns): void {
  const row = columns.add();
  columns.area[row] = NaN;
  readFields(reader, ANNOTATION_FIELDS, 0b1111, (field) => {
    if (field === 0) columns.id[row] = readId(reader);
    else if (field === 1) columns.imageId[row] = readId(reader);
    else if (field === 2) columns.categoryId[row] = readId(reader);
    else if (field === 3) readBox(reader, columns.box, 4 * row);
    else if (field === 4) columns.area[row] = checkArea(readNumber(reader), failOf(reader));
    else columns.crowd[row] = readCrowd(reader);
  });
}

function readCrowd(reader: JsonReader): 0 | 1 {
  const kind = reader.kind();
  if (kind === 'boolean') return reader.boolean() ? 1 : 0;
  const value = readNumber(reader, '0 or 1');
  if (value !== 0 && value !== 1) wrongType('0 or 1', String(value), failOf(reader));
  return value;
}

function readId(reader: JsonReader): number {
  return checkId(readNumber(reader, 'An id (a whole number)'), failOf(reader));
}
