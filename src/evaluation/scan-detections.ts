import { isBox } from '../core/coco/scan-annotations';
import { RecordScanner } from '../core/json/scan-records';
import { type DetectionColumns } from './detections';

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
