import { type DetectionColumns } from '../detections';
import { MAX_COORDINATE } from '../parameters';
import { RecordScanner } from '../../core/json/scan-records';

/** Reads plain, valid detections quickly; see `RecordScanner`. */
export function detectionScanner(columns: DetectionColumns): RecordScanner {
  const scanner = new RecordScanner(
    [
      { key: 'image_id', slot: 0 },
      { key: 'category_id', slot: 1 },
      { key: 'bbox', slot: 2, box: true },
      { key: 'score', slot: 6 },
    ],
    () => {
      const { row } = scanner;
      if (!Number.isSafeInteger(row[0]) || !Number.isSafeInteger(row[1])) return false;
      if (!isBox(row, 2) || !Number.isFinite(row[6])) return false;
      const at = columns.add();
      columns.imageId[at] = row[0]!;
      columns.categoryId[at] = row[1]!;
      for (let side = 0; side < 4; side++) columns.box[4 * at + side] = row[2 + side]!;
      columns.score[at] = row[6]!;
      return true;
    },
  );
  return scanner;
}

/** Coordinates within range, no negative size; false for NaN. */
export function isBox(row: Float64Array, at: number): boolean {
  const x = row[at]!;
  const y = row[at + 1]!;
  const width = row[at + 2]!;
  const height = row[at + 3]!;
  return (
    x >= -MAX_COORDINATE &&
    x <= MAX_COORDINATE &&
    y >= -MAX_COORDINATE &&
    y <= MAX_COORDINATE &&
    width >= 0 &&
    width <= MAX_COORDINATE &&
    height >= 0 &&
    height <= MAX_COORDINATE
  );
}
