import { checkId, wrongType } from '../coco-checks';
import { DetectionColumns, type DetectionOptions, detectionsFromColumns } from '../detections';
import { type Detections, type Truth } from '../types';
import { type ByteSource, fromBytes, openFile } from '../../core/json/byte-source';
import { failOf, readBox, readFields, readNumber, withArticle } from './fields';
import { JsonReader } from '../../core/json/json-reader';
import { detectionScanner } from './scan-detections';

/**
 * Reads a COCO detections file: a list of `{image_id, category_id, bbox, score}`; other fields are skipped. Memory grows
 * with the number of detections, not with the file.
 *
 * @throws RethinkError with file and place (`[17].bbox[2]`): `FILE_*`, `JSON_*`, `COCO_MISSING_FIELD`, `COCO_WRONG_TYPE`,
 * and those of `detectionsFrom`
 */
export function readDetections(file: string, truth: Truth, options: DetectionOptions = {}): Detections {
  const source = openFile(file);
  return detectionsFromColumns(readDetectionColumns(source), truth, options, source.file);
}

export function readDetectionBytes(
  bytes: Uint8Array,
  truth: Truth,
  options: DetectionOptions = {},
  file?: string,
): Detections {
  return detectionsFromColumns(readDetectionColumns(fromBytes(bytes, file)), truth, options, file);
}

const FIELDS = ['image_id', 'category_id', 'bbox', 'score'];
/** Bytes of `{"image_id":1,"category_id":1,"bbox":[0,0,1,1],"score":0},`, about the shortest detection. */
const SHORTEST = 56;

export function readDetectionColumns(source: ByteSource): DetectionColumns {
  try {
    const reader = new JsonReader(source);
    const columns = new DetectionColumns(Math.min(Math.ceil(source.size / SHORTEST) + 1, 1 << 20));
    if (reader.kind() !== 'array') {
      reader.fail(
        'COCO_WRONG_TYPE',
        `A list of detections is expected, found ${withArticle(reader.kind())}.`,
        reader.kind() === 'object' ? 'Is this an annotation file?' : undefined,
      );
    }
    const scanner = detectionScanner(columns);
    reader.array(() => {
      if (reader.kind() === 'object' && reader.scan(scanner)) return columns.count - 1;
      readDetection(reader, columns);
      return;
    });
    reader.finish();
    return columns;
  } finally {
    source.close();
  }
}

function readDetection(reader: JsonReader, columns: DetectionColumns): void {
  const row = columns.add();
  readFields(reader, FIELDS, 0b1111, (field) => {
    if (field === 0) columns.imageId[row] = readId(reader);
    else if (field === 1) columns.categoryId[row] = readId(reader);
    else if (field === 2) readBox(reader, columns.box, 4 * row);
    else columns.score[row] = readNumber(reader);
  });
}

function readId(reader: JsonReader): number {
  const kind = reader.kind();
  if (kind !== 'number') wrongType('An id (a whole number)', withArticle(kind), failOf(reader));
  return checkId(reader.decimal(), failOf(reader));
}
