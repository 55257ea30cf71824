import { RecordReader, withArticle } from '../core/coco/record-reader';
import { strictly } from '../core/coco/read-annotations';
import { finiteProblem } from '../core/coco/values';
import { WarningList } from '../core/coco/warning-list';
import { type ByteSource, fromBytes, openFile } from '../core/json/byte-source';
import { JsonReader } from '../core/json/json-reader';
import { DetectionColumns, type DetectionOptions, detectionsFromColumns } from './detections';
import { detectionScanner } from './scan-detections';
import { type Detections, type Truth } from './types';

/**
 * Reads a COCO detections file: a list of `{image_id, category_id, bbox, score}`; other fields are skipped. Memory grows
 * with the number of detections, not with the file.
 *
 * @throws RethinkError with file and place (`[17].bbox[2]`): `FILE_*`, `JSON_*`, `COCO_MISSING_FIELD`, `COCO_WRONG_TYPE`,
 * and those of `detectionsFrom`
 */
export function readDetections(file: string, truth: Truth, options: DetectionOptions = {}): Detections {
  return readDetectionSource(openFile(file), truth, options);
}

export function readDetectionBytes(
  bytes: Uint8Array,
  truth: Truth,
  options: DetectionOptions = {},
  file?: string,
): Detections {
  return readDetectionSource(fromBytes(bytes, file), truth, options);
}

function readDetectionSource(source: ByteSource, truth: Truth, options: DetectionOptions): Detections {
  const warnings = new WarningList();
  const columns = readDetectionColumns(source, warnings);
  const detections = detectionsFromColumns(columns, truth, options, source.file);
  return { ...detections, warnings: [...warnings.list(), ...detections.warnings] };
}

const FIELDS = { image_id: 'always', category_id: 'always', bbox: 'always', score: 'always' } as const;
/** Bytes of `{"image_id":1,"category_id":1,"bbox":[0,0,1,1],"score":0},`, about the shortest detection. */
const SHORTEST = 56;

export function readDetectionColumns(source: ByteSource, warnings = new WarningList()): DetectionColumns {
  try {
    const json = new JsonReader(source, { nonFinite: true });
    const handler = strictly(warnings);
    const reader = new RecordReader(json, handler, false);
    const columns = new DetectionColumns(Math.min(Math.ceil(source.size / SHORTEST) + 1, 1 << 20));
    if (json.kind() !== 'array') {
      if (json.kind() === 'object') refuseObject(json);
      json.fail('COCO_WRONG_TYPE', `A list of detections is expected, found ${withArticle(json.kind())}.`);
    }
    const scanner = detectionScanner(columns);
    json.array(() => {
      if (json.kind() === 'object' && json.scan(scanner)) return columns.count - 1;
      reader.is('object', 'An object');
      readDetection(reader, columns);
      return;
    });
    json.finish();
    for (const path of json.nonFiniteSkipped) handler.odd(path);
    return columns;
  } finally {
    source.close();
  }
}

/** An annotation file, or detections without the list around them: its first key tells. */
function refuseObject(json: JsonReader): void {
  json.object((key) => {
    if (['image_id', 'category_id', 'bbox', 'score'].includes(key)) {
      json.fail(
        'COCO_WRONG_TYPE',
        'A list of detections is expected, found a single object, as in JSON lines.',
        'Make one list of the lines: jq -s . FILE > NEW',
      );
    }
    const message = 'A list of detections is expected, found an object.';
    json.fail('COCO_WRONG_TYPE', message, 'Is this an annotation file?');
  });
}

function readDetection(reader: RecordReader, columns: DetectionColumns): void {
  const row = columns.add();
  reader.record(FIELDS, (field) => {
    if (field === 'image_id') columns.imageId[row] = reader.id();
    else if (field === 'category_id') columns.categoryId[row] = reader.id();
    else if (field === 'bbox') reader.box(columns.box, 4 * row);
    else columns.score[row] = reader.number(finiteProblem);
  });
}
